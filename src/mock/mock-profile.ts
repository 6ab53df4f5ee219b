import type { ReplicaNumbers } from "../replica/replica-settings.ts";

/** How a mock deployment behaves. Its adapter sends it to the mock upstream in the header {@link mockProfileHeader}. */
export interface MockProfile {
  readonly deploymentId: string;
  /** Milliseconds until the first token. */
  readonly firstTokenMs: number;
  readonly tokensPerSecond: number;
  /** The length of each answer in tokens. Undefined for an answer that says which deployment made it. */
  readonly outputTokens: number | undefined;
  /** The share of calls that fail with status 500, from 0 to 1. */
  readonly errorRate: number;
  /** Limits per rolling minute. A call beyond them is answered with 429 and Retry-After. */
  readonly rpm: number | undefined;
  readonly tpm: number | undefined;
  /** Gives the deployment a chance of its own, which is the same in every run. Undefined to share the process's. */
  readonly seed: number | undefined;
  /** It is a replica with continuous batching: how fast it answers depends on what it has to do. Undefined for a fixed pace. */
  readonly replica: ReplicaNumbers | undefined;
  /** The answer to every call, or the name of an error that every call fails with, such as `litellm.RateLimitError`. */
  readonly response: string | undefined;
}

/** The header that holds the profile, as {@link writeMockProfile} writes it. */
export const mockProfileHeader = "x-mock-profile";

/** The scheme and host of mock deployments. Their requests never leave the process. */
export const mockOrigin = "mock://local";

/** Writes a profile as a header value. */
export function writeMockProfile(profile: MockProfile): string {
  // Header values are ASCII, and a canned answer may be any text.
  return encodeURIComponent(JSON.stringify(profile));
}

/** Reads what {@link writeMockProfile} wrote. */
export function readMockProfile(header: string): MockProfile {
  return JSON.parse(decodeURIComponent(header)) as MockProfile;
}
