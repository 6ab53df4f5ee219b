import type { DeploymentHost } from "../../../core/format.ts";
import type { BetaHost } from "../../kit/claude/betas.ts";

/** How hosts of the Messages API differ in what they take of requests that are Messages already. */
export interface NativeKind {
  /** Whose betas it takes: others, with the fields that belong to them, are cut. Omit it for Anthropic's own API, which gets all. */
  readonly betas?: BetaHost | undefined;
  /** The version that stands in the body, in place of the header and of the model (Vertex AI, Bedrock). Omit it for Anthropic's own way. */
  readonly bodyVersion?: string | undefined;
  /** Whether its path alone says that a reply is streamed, which then comes in AWS's framing (Bedrock). Omit it for no. */
  readonly framesEvents?: boolean | undefined;
  /** Whether the host fetches addresses of images and documents. */
  readonly takesUrls: boolean;
  /** Where the host counts the tokens of a request. Omit it where it does not. */
  readonly countPath?: ((upstreamModel: string) => string) | undefined;
}

/** A deployment that speaks Messages. `path` is that of `messages`. */
export type NativeTarget = NativeKind & { readonly host: DeploymentHost };
