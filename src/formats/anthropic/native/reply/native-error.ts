import { codeClasses, RouterError } from "../../../../core/errors.ts";
import type { DeploymentHost } from "../../../../core/format.ts";
import { tellsSecret } from "../../../kit/upstream-errors/tells-secret.ts";
import { messagesFormat } from "./messages-format.ts";

/** Larger than any error of Anthropic's. What is larger is written anew. */
const longestBody = 64 * 1024;

/**
 * Adds to an error what the provider wrote, byte for byte, where the request is at fault: clients match on the wording, and go on without what was
 * refused. A body that would show a secret, or is in another shape than Anthropic's, is left out, so that the error is written anew.
 */
export function withNativeBody(error: RouterError, body: Buffer, { redact }: Pick<DeploymentHost, "redact">): RouterError {
  const { upstream } = error;
  if (upstream === undefined || codeClasses[error.code].failure !== "caller" || body.length > longestBody) return error;
  const text = body.toString();
  if (!isError(text) || tellsSecret(text, redact)) return error;
  const { code, message, param, retryAfterMs, isSaidWait, isOfProvider, deploymentId, rateLimits, cause } = error;
  return new RouterError(code, message, {
    param,
    retryAfterMs,
    isSaidWait,
    isOfProvider,
    deploymentId,
    rateLimits,
    cause,
    upstream: { ...upstream, body: { format: messagesFormat, bytes: body } },
  });
}

/** Whether it is an error in Anthropic's shape. */
function isError(text: string): boolean {
  try {
    const value = JSON.parse(text) as { readonly type?: unknown; readonly error?: { readonly type?: unknown; readonly message?: unknown } };
    const { type, message } = value.error ?? {};
    return value.type === "error" && typeof type === "string" && typeof message === "string";
  } catch {
    return false;
  }
}
