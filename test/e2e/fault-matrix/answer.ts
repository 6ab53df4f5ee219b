/** What a caller got, whatever door it came through. */
export interface Answer {
  /** The HTTP status, or the gRPC code. */
  readonly status: number;
  /** The error's stable code; undefined where all went well. */
  readonly code: string | undefined;
  readonly retryAfterSeconds: number | undefined;
  readonly text: string;
  /** The model that the answer says it is of; undefined without an answer. */
  readonly model: string | undefined;
  /** How often the end was announced: `[DONE]` over REST in a stream; 1 for any other whole answer. */
  readonly ends: number;
  readonly route: Route;
}

/** What the `x-huntgroup-` headers say. */
export interface Route {
  readonly deployment: string | undefined;
  readonly retries: string | undefined;
  readonly fallbacks: string | undefined;
}

export function readRoute(header: (name: string) => string | null | undefined): Route {
  const read = (name: string): string | undefined => header(`x-huntgroup-${name}`) ?? undefined;
  return { deployment: read("model-id"), retries: read("attempted-retries"), fallbacks: read("attempted-fallbacks") };
}
