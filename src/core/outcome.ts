import type { RouterError } from "./errors.ts";

/** What a provider says a request used. */
export interface Usage {
  readonly promptTokens: number;
  readonly outputTokens: number;
}

/** How one attempt on one deployment ended; each attempt has exactly one. */
export type Outcome =
  | {
      readonly kind: "success";
      /** Until the first content chunk of a stream, or the whole reply of a unary call. */
      readonly firstTokenMs: number;
      readonly totalMs: number;
      readonly stream: boolean;
      /** As the provider reported it; undefined when it did not. */
      readonly usage: Usage | undefined;
    }
  | {
      readonly kind: "failure";
      readonly error: RouterError;
      readonly totalMs: number;
      /** Whether content had come: then its tokens are spent, though their number is not known. */
      readonly begun: boolean;
    }
  /** The caller hung up: never held against a deployment. */
  | { readonly kind: "cancelled"; readonly totalMs: number };
