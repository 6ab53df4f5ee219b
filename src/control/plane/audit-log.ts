import type { AuditEntry } from "../operator.ts";

const mostKept = 200;

/** Who changed what. Each entry goes to a sink that keeps it, and the latest ones stay at hand. */
export class AuditLog {
  readonly #sink: (entry: AuditEntry) => void;
  #entries: readonly AuditEntry[] = [];

  constructor(sink: (entry: AuditEntry) => void) {
    this.#sink = sink;
  }

  add(entry: AuditEntry): void {
    this.#entries = [entry, ...this.#entries.slice(0, mostKept - 1)];
    this.#sink(entry);
  }

  /** The latest ones, newest first. */
  get entries(): readonly AuditEntry[] {
    return this.#entries;
  }
}
