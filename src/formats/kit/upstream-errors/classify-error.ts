import type { Call } from "../../../core/call.ts";
import { codeClasses, type ErrorCode, RouterError } from "../../../core/errors.ts";
import type { DeploymentHost } from "../../../core/format.ts";
import type { FailedRequest } from "../../../core/provider.ts";
import type { UpstreamHeaders } from "../../../core/upstream.ts";
import { cutText } from "../../../lib/cut-text.ts";
import { withoutCredentials } from "../redact.ts";
import { DailyTime, msUntilNextMonth } from "../../../lib/daily-time.ts";
import { readRetryAfter } from "../retry-after.ts";
import { judgeFailure } from "./judge-failure.ts";
import { type ErrorDetail, fromJson, type QuotaPeriod, readErrorDetail } from "./read-error-detail.ts";

/** The deployment whose error it is. */
export type ErrorSource = Pick<DeploymentHost, "deploymentId" | "redact">;

/** What is known of a failure besides its body. */
interface FailureHead {
  /** Undefined for an error inside a 200 that names none. */
  readonly status: number | undefined;
  readonly isPage: boolean;
  readonly retryAfterMs: number | undefined;
  /** Now, in milliseconds since the Unix epoch; undefined when it is not known. */
  readonly wallTime: number | undefined;
  readonly call: Pick<Call, "body"> | undefined;
}

/** Reads a provider's error reply. @param status Outside of 2xx. */
export function classifyError(
  source: ErrorSource,
  status: number,
  headers: UpstreamHeaders,
  body: Buffer,
  request?: FailedRequest,
): RouterError {
  const { call, wallTime } = request ?? {};
  const retryAfterMs = readRetryAfter(headers, wallTime);
  const detail = readErrorDetail(body);
  const told = { ...detail, type: detail.type ?? amazonType(headers) };
  return toRouterError(source, told, { status, isPage: isPage(headers, body), retryAfterMs, wallTime, call });
}

/**
 * Reads an error that a provider reports inside a successful reply or stream.
 * @param value The parsed JSON that holds it.
 * @param call Whose words in it are the caller's own.
 */
export function classifyInlineError(source: ErrorSource, value: unknown, call?: Pick<Call, "body">): RouterError {
  const detail = fromJson(value);
  const number = Number(detail.code);
  const status = Number.isInteger(number) && number >= 400 && number < 600 ? number : undefined;
  return toRouterError(source, detail, { status, isPage: false, retryAfterMs: undefined, wallTime: undefined, call });
}

function toRouterError(source: ErrorSource, raw: ErrorDetail, head: FailureHead): RouterError {
  const { code, retryAfterMs, isSaidWait, isOfProvider } = judgeFailure({
    ...head,
    reasons: [raw.code, raw.type, ...raw.reasons],
    message: raw.message,
    retryAfterMs: head.retryAfterMs ?? toldWait(raw, head.wallTime),
  });
  const status = head.status ?? inlineStatus(code);
  const detail = redacted(raw, source, code === "upstream_auth");
  return new RouterError(code, messageFor(code, status, source.deploymentId, detail.message), {
    param: codeClasses[code].failure === "caller" ? detail.param : undefined,
    retryAfterMs,
    isSaidWait,
    isOfProvider,
    deploymentId: source.deploymentId,
    upstream: { status, message: detail.message, type: detail.type, param: detail.param, code: detail.code },
  });
}

/** AWS names an error in a header: `ThrottlingException:http://internal.amazon.com/…`. */
function amazonType(headers: UpstreamHeaders): string | undefined {
  const value = headers["x-amzn-errortype"];
  const [type] = typeof value === "string" ? value.split(":") : [];
  return type === undefined || type === "" ? undefined : cutText(type, longestType);
}

/** Longer than any name of an error. */
const longestType = 100;

const googleDay = new DailyTime(0, "America/Los_Angeles");

function toldWait({ retryAfterMs, quotaPeriod }: ErrorDetail, wallTime: number | undefined): number | undefined {
  return quotaPeriod === undefined ? retryAfterMs : msUntilPeriodEnds(quotaPeriod, retryAfterMs, wallTime);
}

/** @param retryAfterMs What the error names besides: Google asks for seconds even where the quota of a day is used up. */
function msUntilPeriodEnds(period: QuotaPeriod, retryAfterMs: number | undefined, wallTime: number | undefined): number | undefined {
  if (period === "minute") return retryAfterMs ?? 60_000;
  if (wallTime === undefined) return undefined;
  return period === "day" ? googleDay.msUntilNext(wallTime) : msUntilNextMonth(wallTime);
}

/** The status that an error inside a 200 would have had. */
function inlineStatus(code: ErrorCode): number {
  switch (code) {
    case "quota_exhausted":
    case "upstream_rate_limited":
      return 429;
    case "upstream_auth":
      return 401;
    case "upstream_not_found":
      return 404;
    case "upstream_overloaded":
      return 503;
    default:
      return codeClasses[code].failure === "caller" || codeClasses[code].failure === "unfit" ? 400 : 500;
  }
}

/** A web page, or the few words that a network which delivers content sends in place of one. */
function isPage(headers: UpstreamHeaders, body: Buffer): boolean {
  const contentType = headers["content-type"];
  if (typeof contentType === "string" && contentType.toLowerCase().startsWith("text/html")) return true;
  const start = body.toString("utf8", 0, 64).trim();
  return start.startsWith("<") || /^error code: \d+$/.test(start);
}

function isRedirect(status: number): boolean {
  return status >= 300 && status < 400;
}

/** @param ofCredentials Whether the texts speak of credentials: then they may quote some that are not known here. */
function redacted(detail: ErrorDetail, source: ErrorSource, ofCredentials: boolean): ErrorDetail {
  const clean = (text: string | undefined): string | undefined => {
    if (text === undefined) return undefined;
    return ofCredentials ? withoutCredentials(source.redact(text)) : source.redact(text);
  };
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
    case "quota_exhausted":
      return "has used up its quota or its credit at its provider";
    case "cannot_serve_this":
      return "cannot serve this request";
    case "operation_not_supported":
      return "does not support this operation";
    case "upstream_unreachable":
      return "could not be reached: something in between answered";
    default:
      return "failed";
  }
}
