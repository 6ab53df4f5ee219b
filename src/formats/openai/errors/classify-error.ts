import { codeClasses, type ErrorCode, RouterError } from "../../../core/errors.ts";
import type { DeploymentHost } from "../../../core/format.ts";
import type { UpstreamHeaders } from "../../../core/upstream.ts";
import { type ErrorDetail, fromJson, readErrorDetail } from "./read-error-detail.ts";
import { readRetryAfter } from "../../kit/retry-after.ts";

/** The deployment whose error it is. */
export type ErrorSource = Pick<DeploymentHost, "deploymentId" | "redact">;

/** Reads a provider's error reply. @param status Outside of 2xx. */
export function classifyError(source: ErrorSource, status: number, headers: UpstreamHeaders, body: Buffer): RouterError {
  return toRouterError(source, status, readErrorDetail(body), readRetryAfter(headers));
}

/** Reads an error that a provider reports inside a successful reply or stream. @param value The parsed JSON that holds it. */
export function classifyInlineError(source: ErrorSource, value: unknown): RouterError {
  const detail = fromJson(value);
  const status = Number(detail.code);
  return toRouterError(source, Number.isInteger(status) && status >= 400 && status < 600 ? status : 500, detail, undefined);
}

function toRouterError(source: ErrorSource, status: number, raw: ErrorDetail, retryAfterMs: number | undefined): RouterError {
  const code = classify(status, raw);
  // A provider's message about credentials may quote them, so nothing of it is passed on.
  const detail = code === "upstream_auth" ? undefined : redacted(raw, source);
  return new RouterError(code, messageFor(code, status, source.deploymentId, detail?.message), {
    param: codeClasses[code].failure === "caller" ? detail?.param : undefined,
    retryAfterMs: retryAfterMs ?? raw.retryAfterMs,
    deploymentId: source.deploymentId,
    upstream: { status, message: detail?.message, type: detail?.type, param: detail?.param, code: detail?.code },
  });
}

function classify(status: number, detail: ErrorDetail): ErrorCode {
  const said = new Set([detail.code, detail.type, ...detail.reasons].map((reason) => reason?.toLowerCase()));
  const message = detail.message?.toLowerCase() ?? "";
  // The request did not reach the configured address, whatever the body says.
  if (isRedirect(status)) return "upstream_error";
  const says = (codes: readonly string[]): boolean => codes.some((code) => said.has(code));

  if (says(quotaCodes)) return "upstream_rate_limited";
  // Gemini answers a bad key with 400.
  if (says(keyCodes) || message.startsWith("api key not valid")) return "upstream_auth";
  if (says(["context_length_exceeded"]) || (status < 500 && longContextPhrases.some((phrase) => message.includes(phrase)))) {
    return "context_length_exceeded";
  }
  if (says(policyCodes) || (status < 500 && message.includes("content management policy"))) return "content_policy_violation";
  if (says(missingModelCodes)) return "upstream_not_found";
  return byStatus(status);
}

function byStatus(status: number): ErrorCode {
  switch (status) {
    case 401:
    case 403:
      return "upstream_auth";
    // 402: the account's balance is spent. As with a spent quota, another account may serve the call.
    case 402:
    case 429:
      return "upstream_rate_limited";
    // A wrong `api_base` shows as any of these.
    case 404:
    case 405:
    case 410:
      return "upstream_not_found";
    case 408:
    case 504:
    case 524:
      return "upstream_timeout";
    case 413:
      return "request_too_large";
    // 498: Groq's flex tier is full. 529: Anthropic is overloaded.
    case 498:
    case 503:
    case 529:
      return "upstream_overloaded";
    // A conflict or an early request may go through when it is sent again.
    case 409:
    case 425:
      return "upstream_error";
    default:
      if (status >= 400 && status < 500) return "invalid_request";
      return "upstream_error";
  }
}

function isRedirect(status: number): boolean {
  return status >= 300 && status < 400;
}

const quotaCodes = ["insufficient_quota", "quota_exceeded", "billing_hard_limit_reached"];
const keyCodes = ["invalid_api_key", "api_key_invalid", "authentication_error", "permission_error"];
const policyCodes = ["content_policy_violation", "content_filter", "responsibleaipolicyviolation", "moderation_blocked"];
const missingModelCodes = ["model_not_found", "deploymentnotfound", "model_decommissioned", "not_found_error"];
/** The words of hosts that have no code for a prompt that is too long. */
const longContextPhrases = [
  "maximum context length",
  "context length exceeded",
  "context window",
  "exceeds the available context size",
  "prompt is too long",
  "input is too long",
  "exceeds the maximum number of tokens",
  "reduce the length of the messages",
];

function redacted(detail: ErrorDetail, source: ErrorSource): ErrorDetail {
  const clean = (text: string | undefined): string | undefined => (text === undefined ? undefined : source.redact(text));
  return { ...detail, message: clean(detail.message), type: clean(detail.type), param: clean(detail.param), code: clean(detail.code) };
}

function messageFor(code: ErrorCode, status: number, deploymentId: string, said: string | undefined): string {
  if (codeClasses[code].failure === "caller") return said ?? `The provider refused the request (HTTP ${status}).`;
  if (isRedirect(status)) {
    const advice = "check its api_base (http instead of https is the usual cause)";
    return `Deployment ${deploymentId} answered with a redirect (HTTP ${status}), which is not followed; ${advice}.`;
  }
  const what = `Deployment ${deploymentId} ${describe(code)} (HTTP ${status})`;
  return said === undefined ? `${what}.` : `${what}: ${said}`;
}

function describe(code: ErrorCode): string {
  switch (code) {
    case "upstream_auth":
      return "was refused by its provider: its credentials are missing, wrong or not allowed to do this";
    case "upstream_not_found":
      return "was not found at its provider";
    case "upstream_rate_limited":
      return "is rate-limited by its provider";
    case "upstream_overloaded":
      return "is overloaded";
    case "upstream_timeout":
      return "timed out at its provider";
    default:
      return "failed";
  }
}
