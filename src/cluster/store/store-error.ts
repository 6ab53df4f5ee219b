/** What is wrong with the store. */
export type StoreFault = "unreachable" | "timeout" | "full" | "readonly" | "refused" | "other";

/** The store has not done what it was asked. Its message shows no address and no password. */
export class StoreError extends Error {
  override readonly name = "StoreError";
  readonly fault: StoreFault;

  constructor(fault: StoreFault, message: string, options?: ErrorOptions) {
    super(message, options);
    this.fault = fault;
  }

  /** By what the store, or the way to it, said. */
  static of(error: unknown): StoreError {
    if (error instanceof StoreError) return error;
    const text = error instanceof Error ? error.message : String(error);
    const fault = faultOf(text);
    return new StoreError(fault, explanations[fault], { cause: error });
  }
}

function faultOf(text: string): StoreFault {
  if (/^OOM\b/.test(text)) return "full";
  if (/^(READONLY|MASTERDOWN|NOREPLICAS|MISCONF|CLUSTERDOWN|TRYAGAIN|LOADING)\b/.test(text)) return "readonly";
  if (/^(NOAUTH|WRONGPASS|NOPERM|ERR AUTH|ERR invalid password)/.test(text)) return "refused";
  if (/ECONN|ENOTFOUND|EAI_|EPIPE|ENOENT|socket|closed|connect|offline/i.test(text)) return "unreachable";
  return /time/i.test(text) ? "timeout" : "other";
}

const explanations: Readonly<Record<StoreFault, string>> = {
  unreachable: "it cannot be reached",
  timeout: "it does not answer in time",
  full: "it has no memory left",
  readonly: "it takes no writes now",
  refused: "it refuses the username or password, or a command",
  other: "it answers with an error",
};
