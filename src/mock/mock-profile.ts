/** How a mock deployment behaves. Travels from its adapter to the mock upstream in a header, as {@link mockProfileHeader}. */
export interface MockProfile {
  readonly deploymentId: string;
  /** Until the first token. */
  readonly firstTokenMs: number;
  readonly tokensPerSecond: number;
  /** Length of each answer, in tokens; undefined: one that says which deployment answered. */
  readonly outputTokens: number | undefined;
  /** Share of calls that fail with status 500, 0 … 1. */
  readonly errorRate: number;
  /** Its own limits per rolling minute, answered with 429 and Retry-After. */
  readonly rpm: number | undefined;
  readonly tpm: number | undefined;
  /** Makes the deployment's chance its own and the same in every run; undefined: the process's. */
  readonly seed: number | undefined;
  /** A fixed text as the answer, or the name of an error such as `litellm.RateLimitError` to fail with. */
  readonly response: string | undefined;
}

export const mockProfileHeader = "x-mock-profile";

/** The scheme and host of mock deployments: nothing leaves the process. */
export const mockOrigin = "mock://local";

export function writeMockProfile(profile: MockProfile): string {
  // Header values are ASCII by rule, and a canned answer may be anything.
  return encodeURIComponent(JSON.stringify(profile));
}

/** @param header What {@link writeMockProfile} wrote. */
export function readMockProfile(header: string): MockProfile {
  return JSON.parse(decodeURIComponent(header)) as MockProfile;
}
