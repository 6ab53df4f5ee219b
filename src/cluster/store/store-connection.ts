import type { StoreScript } from "./store-script.ts";

/** The connection to what nodes share. No request waits for it. */
export interface StoreConnection {
  /** Whether keys of one script must lie in the same slot. */
  readonly isCluster: boolean;
  /** Whether there is a connection now. */
  readonly isUp: boolean;
  /**
   * Runs a script. Rejects with a {@link StoreError}: at once while there is no connection, and after a second without an answer. Nothing is sent later.
   * @param keys All in the same slot.
   */
  run(script: StoreScript, keys: readonly string[], words: readonly (string | number)[]): Promise<unknown>;
  /** Runs one command on one key, the same way. */
  command(key: string, words: readonly string[]): Promise<unknown>;
  /** Tells all that listen; rejects like {@link run}. */
  publish(channel: string, text: string): Promise<void>;
  /** Listens from now on, also after losses. What is said in the meantime is not heard. */
  subscribe(channel: string, listener: (text: string) => void): void;
  close(): Promise<void>;
}
