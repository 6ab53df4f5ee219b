import type { Surroundings } from "./dimensions.ts";
import type { FaultClass } from "./faults.ts";

/** What becomes of a call whose first deployment has a fault. */
export interface Rule {
  /** `whole`: an answer; `error`: an error instead of one; `broken`: the beginning of an answer, then an error. */
  readonly ends: "whole" | "error" | "broken";
  /** The deployment that the caller is told of. */
  readonly by: "first" | "spare";
  /** Attempts on each. `first` is the faulty one, `spare` the healthy one. */
  readonly first: number;
  readonly spare: number;
  readonly retries: number;
  readonly fallbacks: number;
  /** Whether the faulty one is kept out of the next calls' way. */
  readonly benched: boolean;
}

/**
 * The promise in one table, for one retry per call (`num_retries: 1`). A deployment that may be better next time is asked again only
 * where there is neither a sibling nor a fallback, which come at once; and nothing is tried again once the caller has seen a word.
 */
export const rules: Readonly<Record<FaultClass, Readonly<Record<Surroundings, Rule>>>> = {
  harmless: {
    "sibling healthy": { ends: "whole", by: "first", first: 1, spare: 0, retries: 0, fallbacks: 0, benched: false },
    "fallback group": { ends: "whole", by: "first", first: 1, spare: 0, retries: 0, fallbacks: 0, benched: false },
    "nothing left": { ends: "whole", by: "first", first: 1, spare: 0, retries: 0, fallbacks: 0, benched: false },
  },
  caller: {
    "sibling healthy": { ends: "error", by: "first", first: 1, spare: 0, retries: 0, fallbacks: 0, benched: false },
    "fallback group": { ends: "error", by: "first", first: 1, spare: 0, retries: 0, fallbacks: 0, benched: false },
    "nothing left": { ends: "error", by: "first", first: 1, spare: 0, retries: 0, fallbacks: 0, benched: false },
  },
  own: {
    "sibling healthy": { ends: "whole", by: "spare", first: 1, spare: 1, retries: 1, fallbacks: 0, benched: true },
    "fallback group": { ends: "whole", by: "spare", first: 1, spare: 1, retries: 0, fallbacks: 1, benched: true },
    "nothing left": { ends: "error", by: "first", first: 1, spare: 0, retries: 0, fallbacks: 0, benched: true },
  },
  limited: {
    "sibling healthy": { ends: "whole", by: "spare", first: 1, spare: 1, retries: 1, fallbacks: 0, benched: true },
    // Alone in its group it is not benched, since there would be nobody to ask in its place; nor is it waited for.
    "fallback group": { ends: "whole", by: "spare", first: 1, spare: 1, retries: 0, fallbacks: 1, benched: false },
    "nothing left": { ends: "error", by: "first", first: 2, spare: 0, retries: 1, fallbacks: 0, benched: false },
  },
  passing: {
    "sibling healthy": { ends: "whole", by: "spare", first: 1, spare: 1, retries: 1, fallbacks: 0, benched: false },
    // A healthy fallback is not kept waiting for another try of the one that failed.
    "fallback group": { ends: "whole", by: "spare", first: 1, spare: 1, retries: 0, fallbacks: 1, benched: false },
    "nothing left": { ends: "error", by: "first", first: 2, spare: 0, retries: 1, fallbacks: 0, benched: false },
  },
  "too late": {
    "sibling healthy": { ends: "broken", by: "first", first: 1, spare: 0, retries: 0, fallbacks: 0, benched: false },
    "fallback group": { ends: "broken", by: "first", first: 1, spare: 0, retries: 0, fallbacks: 0, benched: false },
    "nothing left": { ends: "broken", by: "first", first: 1, spare: 0, retries: 0, fallbacks: 0, benched: false },
  },
};
