import type { Place } from "./config-node.ts";

/** Something to say about one place of the configuration. */
export interface Finding {
  readonly at: Place;
  /** The path of keys: `model_list[2].litellm_params.rpm`. */
  readonly key: string;
  readonly message: string;
  /** More on it, too long to be repeated wherever the message is: a list of all that is allowed. */
  readonly detail?: string | undefined;
}

/** Collects everything that is wrong or doubtful, so that all of it can be said in one go. */
export class FindingLog {
  /** Made for the first one: each of thousands of deployments has a log of its own, and nearly all stay empty. */
  #problems: Map<string, Finding> | undefined;
  #warnings: Map<string, Finding> | undefined;
  /** The places of each shared warning. */
  #places: Map<string, Set<string>> | undefined;
  readonly #warningsTo: FindingLog | undefined;

  /** @param warningsTo Takes the warnings, so that only the problems are this log's own: those of one entry of a list. */
  constructor(warningsTo?: FindingLog) {
    this.#warningsTo = warningsTo;
  }

  /** The start is refused. */
  problem(at: Place, key: string, message: string, detail?: string): void {
    addOnce((this.#problems ??= new Map()), identity(at, message), { at, key, message, ...(detail !== undefined && { detail }) });
  }

  /** Tolerated, but said. */
  warning(at: Place, key: string, message: string): void {
    if (this.#warningsTo !== undefined) this.#warningsTo.warning(at, key, message);
    else addOnce((this.#warnings ??= new Map()), identity(at, message), { at, key, message });
  }

  /** A warning that many entries of a long list share: said at the first place, with the number of the others. */
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

/** What two entries share through an anchor or a default is one thing to put right, so it is said once. */
function addOnce(findings: Map<string, Finding>, id: string, finding: Finding): void {
  if (!findings.has(id)) findings.set(id, finding);
}

function identity(at: Place, message: string): string {
  return `${at.file.path}\n${at.start}\n${message}`;
}
