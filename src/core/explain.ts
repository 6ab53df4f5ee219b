import type { Call } from "./call.ts";
import type { Eligibility } from "./deployment-status.ts";
import type { CallerKey } from "./caller-key.ts";

/** What decides about the way of a call, asked without making one. */
export interface RouteQuery {
  readonly model: string;
  readonly tags: readonly string[];
  readonly requestBytes: number;
  readonly maxOutputTokens: number | undefined;
  readonly stream: boolean;
  readonly allowedRegion: string | undefined;
  readonly caller: CallerKey | undefined;
  /** A whole call, to see which deployments cannot be sent what it asks for. Omit it where there is none. */
  readonly call?: Call | undefined;
}

/** Where such a call would go now. */
export interface RouteExplanation {
  readonly group: string;
  readonly strategy: string;
  readonly candidates: readonly ExplainedCandidate[];
  /** Undefined when no deployment would be picked. */
  readonly pickedId: string | undefined;
  /** A sentence: why this one, or why none. */
  readonly reason: string;
  /** What the scores are and which one wins. Empty when the strategy gives none. */
  readonly scoreMeaning: string;
  /** The groups that it would go on to when this one fails it. */
  readonly fallbacks: readonly string[];
}

/** One deployment of the group, and why it would be picked or not. */
export interface ExplainedCandidate {
  readonly deploymentId: string;
  readonly weight: number;
  readonly eligibility: Eligibility;
  /** A sentence for people where `eligibility` alone does not say it all; else empty. */
  readonly detail: string;
  /** Undefined for one that is not eligible, or where the strategy gives none. */
  readonly score: number | undefined;
  readonly picked: boolean;
}
