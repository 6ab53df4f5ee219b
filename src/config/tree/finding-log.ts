import type { Place } from "./config-node.ts";

/** Something to say about one place of the configuration. */
export interface Finding {
  readonly at: Place;
  /** The setting's path: `model_list[2].litellm_params.rpm`. */
  readonly key: string;
  readonly message: string;
  /** More on it, too long to be repeated with every such message: a list of all that is allowed. */
  readonly detail?: string | undefined;
}

/** Collects everything that is wrong or doubtful, so that all of it can be said at once. */
export class FindingLog {
  /** Made for the first problem: each of thousands of deployments has a log of its own, and nearly all stay empty. */
  #problems: Map<string, Finding> | undefined;
  #warnings: Map<string, Finding> | undefined;
  /** The places of each shared warning. */
  #places: Map<string, Set<string>> | undefined;
  readonly #warningsTo: FindingLog | undefined;

  /** @param warningsTo Takes the warnings, so that this log has only the problems: those of one entry of a list, for example. */
  constructor(warningsTo?: FindingLog) {
    this.#warningsTo = warningsTo;
  }

  /** Adds what refuses the start. */
  problem(at: Place, key: string, message: string, detail?: string): void {
    addOnce((this.#problems ??= new Map()), identity(at, message), { at, key, message, ...(detail !== undefined && { detail }) });
  }

  /** Adds what is tolerated, but said. */
  warning(at: Place, key: string, message: string): void {
    if (this.#warningsTo !== undefined) this.#warningsTo.warning(at, key, message);
    else addOnce((this.#warnings ??= new Map()), identity(at, message), { at, key, message });
  }

  /** Adds a warning that many entries of a long list share. It is said at the first place, with the number of the others. */
  sharedWarning(topic: string, at: Place, key: string, message: string): void {
    if (this.#warningsTo !== undefined) {
      this.#warningsTo.sharedWarning(topic, at, key, message);
      return;
    }
    addOnce((this.#warnings ??= new Map()), topic, { at, key, message });
    this.#places ??= new Map();
    const places = this.#places.get(topic) ?? new Set();
    this.#places.set(topic, places.add(identity(at, "")));
  }

  get hasProblems(): boolean {
    return this.#problems !== undefined;
  }

  get problems(): readonly Finding[] {
    return [...(this.#problems?.values() ?? [])];
  }

  get warnings(): readonly Finding[] {
    return [...(this.#warnings ?? [])].map(([topic, finding]) => {
      const repeats = (this.#places?.get(topic)?.size ?? 1) - 1;
      if (repeats === 0) return finding;
      return { ...finding, message: `${finding.message} (and at ${repeats} more ${repeats === 1 ? "place" : "places"})` };
    });
  }
}

/** Adds a finding once: what two entries share through an anchor or a default is one thing to put right. */
function addOnce(findings: Map<string, Finding>, id: string, finding: Finding): void {
  if (!findings.has(id)) findings.set(id, finding);
}

function identity(at: Place, message: string): string {
  return `${at.file.path}\n${at.start}\n${message}`;
}
