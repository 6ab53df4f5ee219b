import { readRetryDelay } from "../retry-after.ts";
import { cutText } from "../../../lib/cut-text.ts";

/** What an error body says, in one shape for all providers. */
export interface ErrorDetail {
  readonly message: string | undefined;
  readonly type: string | undefined;
  readonly param: string | undefined;
  readonly code: string | undefined;
  /** Further machine-readable reasons: inner codes, Google's `reason` and `status`. */
  readonly reasons: readonly string[];
  readonly retryAfterMs: number | undefined;
  /** When the quota that is used up comes back, where the provider names it by its period. It wins over {@link retryAfterMs}. */
  readonly quotaPeriod: QuotaPeriod | undefined;
}

/** A day of Google's ends at midnight in California, a month of Anthropic's at its end in UTC. */
export type QuotaPeriod = "minute" | "day" | "month";

type Fields = Readonly<Record<string, unknown>>;

/** Long enough for every real message, and short enough that an echoed prompt or a page of markup is not passed on whole. */
const longestMessage = 2_000;

/**
 * Reads the error bodies of OpenAI and its imitators: `{error: {message, type, param, code}}`, `{error: "text"}` (Ollama),
 * `{error: {code, innererror}}` (Azure), `[{error: {status, details}}]` (Gemini), `{type: "error", error}` (Anthropic),
 * `{detail: "text"}` and `{detail: [{loc, msg}]}` (FastAPI), `{errors: [{message}]}` (Cloudflare), `{message}` (Cohere, Mistral, old vLLM), `{Message}` (AWS),
 * `{base_resp: {status_code, status_msg}}` (MiniMax), `{choices: [{error}]}` (OpenRouter), and plain text.
 */
export function readErrorDetail(body: Buffer): ErrorDetail {
  const text = body.toString().trim();
  const parsed = parse(text);
  if (parsed !== undefined) return fromJson(parsed);
  // Proxies in between answer with web pages, whose markup is no message.
  return detail({ message: text === "" || text.startsWith("<") ? undefined : text });
}

/** The same for an error that came inside other JSON. @param value As parsed. */
export function fromJson(value: unknown): ErrorDetail {
  const root = Array.isArray(value) ? asFields(value[0]) : asFields(value);
  if (root === undefined) return detail({ message: asText(value) });
  if (typeof root["error"] === "string") {
    return detail({ message: root["error"], type: asText(root["type"]) ?? asText(root["error_type"]), code: asText(root["code"]) });
  }
  const listed = Array.isArray(root["errors"]) ? asFields(root["errors"][0]) : undefined;
  const fields = asFields(root["error"]) ?? listed ?? baseResp(root) ?? choiceError(root) ?? root;
  const quotaPeriod = readQuotaPeriod(fields);
  return detail({
    message: readMessage(fields),
    type: asText(fields["type"]),
    param: asText(fields["param"]) ?? fastApiParam(fields["detail"]),
    code: asText(fields["code"]),
    reasons: quotaPeriod === "day" ? ["quota_exhausted", ...readReasons(fields)] : readReasons(fields),
    quotaPeriod,
    retryAfterMs: googleDetails(fields)
      .map((entry) => readRetryDelay(entry["retryDelay"]))
      .find((delay) => delay !== undefined),
  });
}

/** MiniMax tells of errors beside the answer, by numbers of its own. */
function baseResp(root: Fields): Fields | undefined {
  const told = asFields(root["base_resp"]);
  const code = told?.["status_code"];
  if (told === undefined || typeof code !== "number" || code === 0) return undefined;
  return { code: `base_resp_${code}`, message: told["status_msg"] };
}

/** An error that stands within a choice. */
function choiceError(root: Fields): Fields | undefined {
  const choices = Array.isArray(root["choices"]) ? root["choices"] : [];
  return choices.map((choice) => asFields(asFields(choice)?.["error"])).find((error) => error !== undefined);
}

function readMessage(fields: Fields): string | undefined {
  const { message = fields["Message"], detail: described, error_description: description } = fields;
  if (asFields(message) !== undefined) return readMessage(asFields(message) ?? {});
  return asText(message) ?? fastApiMessage(described) ?? asText(description);
}

function fastApiMessage(described: unknown): string | undefined {
  if (!Array.isArray(described)) return asText(described) ?? asText(asFields(described)?.["message"]);
  const faults = described.map(asFields).map((fault) => {
    const message = asText(fault?.["msg"]);
    const where = Array.isArray(fault?.["loc"]) ? fault["loc"].join(".") : "";
    return message === undefined || where === "" ? message : `${where}: ${message}`;
  });
  const known = faults.filter((fault) => fault !== undefined);
  return known.length === 0 ? undefined : known.join("; ");
}

function fastApiParam(described: unknown): string | undefined {
  const place = Array.isArray(described) ? asFields(described[0])?.["loc"] : undefined;
  if (!Array.isArray(place)) return undefined;
  const param = place.filter((step) => step !== "body").join(".");
  return param === "" ? undefined : param;
}

function readReasons(fields: Fields): string[] {
  const reasons: string[] = [];
  const add = (value: unknown): void => {
    const text = asText(value);
    if (text !== undefined) reasons.push(text);
  };
  add(fields["status"]);
  add(fields["error_type"]);
  add(fields["__type"]);
  add(asFields(fields["details"])?.["error_code"]);
  for (const entry of googleDetails(fields)) add(entry["reason"]);
  add((asFields(fields["innererror"]) ?? asFields(fields["inner_error"]))?.["code"]);
  // OpenRouter names what its moderation objected to.
  if (Array.isArray(asFields(fields["metadata"])?.["reasons"])) reasons.push("content_filter");
  add(fields["title"]);
  return reasons;
}

/** Google names the quotas that a request would exceed: `GenerateRequestsPerDayPerProjectPerModel-FreeTier`. A day's outlasts a minute's. */
function readQuotaPeriod(fields: Fields): QuotaPeriod | undefined {
  if (asFields(fields["details"])?.["error_code"] === "enforced_spend_limit_reached") return "month";
  const quotas = googleDetails(fields)
    .flatMap(({ violations }) => (Array.isArray(violations) ? violations : []))
    .map((violation) => asText(asFields(violation)?.["quotaId"]) ?? "");
  if (quotas.some((quota) => quota.includes("PerDay"))) return "day";
  return quotas.some((quota) => quota.includes("PerMinute")) ? "minute" : undefined;
}

function googleDetails(fields: Fields): Fields[] {
  return Array.isArray(fields["details"]) ? fields["details"].map(asFields).filter((entry) => entry !== undefined) : [];
}

function detail(known: Partial<ErrorDetail>): ErrorDetail {
  return {
    message: known.message === undefined ? undefined : cutText(known.message, longestMessage),
    type: known.type,
    param: known.param,
    code: known.code,
    reasons: known.reasons ?? [],
    retryAfterMs: known.retryAfterMs,
    quotaPeriod: known.quotaPeriod,
  };
}

function parse(text: string): unknown {
  if (!text.startsWith("{") && !text.startsWith("[")) return undefined;
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

function asFields(value: unknown): Fields | undefined {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Fields) : undefined;
}

function asText(value: unknown): string | undefined {
  if (typeof value === "string" && value !== "") return value;
  return typeof value === "number" ? String(value) : undefined;
}
