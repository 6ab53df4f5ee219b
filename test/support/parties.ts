import { OpenAiHost } from "./openai-host.ts";
import { startService, type RunningTestService } from "./start-service.ts";
import { within } from "./within.ts";

/** Whoever takes part in a test. They leave in the reverse order of their coming, whatever went wrong: a failed test ends, it does not hang. */
export class Parties {
  #stack = new AsyncDisposableStack();

  /** A provider. */
  async host(): Promise<OpenAiHost> {
    const host = await OpenAiHost.listen();
    this.#stack.defer(() => host.close());
    return host;
  }

  /** The service. When it leaves, nothing may be in flight. */
  async service(...options: Parameters<typeof startService>): Promise<RunningTestService> {
    const service = await startService(...options);
    this.#stack.defer(() => within(service.stop(), "the service stopped"));
    return service;
  }

  /** Anybody else. @param leave Ends it. */
  add<Party>(party: Party, leave: (party: Party) => Promise<void> | void): Party {
    this.#stack.defer(() => leave(party));
    return party;
  }

  /** Ends all of them. Others may come afterwards. */
  async end(): Promise<void> {
    const stack = this.#stack;
    this.#stack = new AsyncDisposableStack();
    await stack.disposeAsync();
  }
}
