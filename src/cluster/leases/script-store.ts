import type { StoreConnection } from "../store/store-connection.ts";
import { storeScript } from "../store/store-script.ts";
import type { LeaseAnswer, LeaseStore, PotEntry } from "./lease-store.ts";
import { decodeAnswer, encodeSync } from "./pot-codec.ts";
import type { SenderState } from "./pot-message.ts";
import { potScriptText } from "./pot-script.ts";

const script = storeScript(potScriptText);

/** Leases in Valkey or Redis. */
export class ScriptStore implements LeaseStore {
  readonly #connection: StoreConnection;
  readonly #prefix: string;

  /** @param namespace What the names of all keys begin with. */
  constructor(connection: StoreConnection, namespace: string) {
    this.#connection = connection;
    // All in one slot: what is granted of several limits is granted in one step, with one epoch.
    this.#prefix = `{${namespace}:leases}:`;
  }

  async sync(sender: SenderState, entries: readonly PotEntry[]): Promise<LeaseAnswer> {
    const keys = [`${this.#prefix}epoch`, ...entries.map(({ id }) => this.#prefix + id)];
    const words = encodeSync(
      sender,
      entries.map(({ message }) => message),
    );
    return decodeAnswer(await this.#connection.run(script, keys, words), entries.length);
  }
}
