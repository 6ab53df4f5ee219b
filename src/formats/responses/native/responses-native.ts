import type { Call } from "../../../core/call.ts";
import { codeClasses, RouterError } from "../../../core/errors.ts";
import type { Usage } from "../../../core/outcome.ts";
import type { DeploymentHost } from "../../../core/format.ts";
import type { DecodedReply, FailedRequest, StreamDecoder } from "../../../core/provider.ts";
import type { UpstreamHeaders, UpstreamRequest } from "../../../core/upstream.ts";
import { locateMembers, scanObject } from "../../../lib/json/json-splice.ts";
import type { NativeSide } from "../../kit/native/two-format-adapter.ts";
import { classifyError, classifyInlineError } from "../../kit/upstream-errors/classify-error.ts";
import { tellsSecret } from "../../kit/upstream-errors/tells-secret.ts";
import { responsesFormat } from "../kit/format-name.ts";
import { readResponsesUsage, readUsageAt } from "../kit/read-usage.ts";
import { RequestWriter } from "./request-writer.ts";
import { ResponsesDecoder } from "./stream-decoder.ts";

/** Speaks Responses to a deployment that has them, for callers who speak them too: bytes go through as they came, both ways. */
export class ResponsesNative implements NativeSide {
  readonly format = responsesFormat;
  readonly #host: DeploymentHost;
  readonly #writer: RequestWriter;
  /** The headers of requests for answers, whole and streamed: the upstream knows a head again that was written before. */
  #headers: Readonly<Record<"whole" | "stream", Readonly<Record<string, string>>>> | undefined;
  /** Where the last request for an answer went. */
  #last: { readonly model: string; readonly stream: boolean; readonly path: string } | undefined;

  /** @param host Its `path` is asked with a {@link Call.resource}: `/responses` for a request of an answer. */
  constructor(host: DeploymentHost) {
    this.#host = host;
    this.#writer = new RequestWriter(host);
  }

  encode(call: Call, upstreamModel: string): UpstreamRequest | RouterError {
    const host = this.#host;
    const model = host.bodyModel?.(upstreamModel) ?? upstreamModel;
    const isKept = call.endpoint === "kept";
    const body = isKept ? this.#writer.writeKept(call.body) : this.#writer.write(call.body, model);
    const adjusted = isKept ? undefined : this.#writer.adjusted(call.body);
    const request: UpstreamRequest = {
      method: call.resource?.method ?? createResponse.method,
      origin: host.origin,
      path: call.resource === undefined ? this.#answerPath(call, upstreamModel) : host.path(call, upstreamModel),
      headers: this.#headersOf(call, body.length > 0),
      body,
      ...(adjusted === undefined ? {} : { adjusted }),
    };
    return host.signer === undefined ? request : host.signer.sign(request);
  }

  #answerPath(call: Call, upstreamModel: string): string {
    const { stream } = call;
    if (this.#last?.model !== upstreamModel || this.#last.stream !== stream) {
      const path = this.#host.path({ ...call, resource: createResponse }, upstreamModel);
      this.#last = { model: upstreamModel, stream, path };
    }
    return this.#last.path;
  }

  #headersOf({ foreign, stream }: Call, hasBody: boolean): Readonly<Record<string, string>> {
    const host = this.#host;
    if (!hasBody || hasMembers(foreign?.headers)) return { ...headersFor(hasBody, stream), ...foreign?.headers, ...host.headers };
    this.#headers ??= {
      whole: { ...headersFor(true, false), ...host.headers },
      stream: { ...headersFor(true, true), ...host.headers },
    };
    return stream ? this.#headers.stream : this.#headers.whole;
  }

  decodeReply(call: Call, _headers: UpstreamHeaders, body: Buffer): DecodedReply | RouterError {
    // What was deleted may be answered with nothing.
    if (call.endpoint === "kept" && body.length === 0) return { format: responsesFormat, body, usage: nothingUsed };
    if (locateMembers(body, replyKeys, spans) === -1) return this.#malformed("a reply that is not a whole JSON object");
    // A response that is only looked at was paid for when it was made.
    if (call.endpoint === "kept") return { format: responsesFormat, body, usage: nothingUsed };
    // To count a prompt costs nothing; to shorten one is paid for as an answer is.
    if (call.resource !== undefined) return { format: responsesFormat, body, usage: readResponsesUsage(body) ?? nothingUsed };
    const error = textOf(body, "error");
    if (error !== undefined && error !== "null") return classifyInlineError(this.#host, { error: parsed(error) }, call);
    if (spanOf("output")[0] === -1) return this.#malformed("a reply without `output`");
    const [usageStart, usageEnd] = spanOf("usage");
    const isFiltered = textOf(body, "status") === '"incomplete"' && isFilteredAway(body);
    const usage = usageStart === -1 ? readResponsesUsage(body) : readUsageAt(body, usageStart, usageEnd);
    return { format: responsesFormat, body, usage, ...(isFiltered ? { isFiltered } : {}) };
  }

  decodeStream(call: Call, headers: UpstreamHeaders): StreamDecoder | RouterError {
    const contentType = headers["content-type"];
    const isPage = typeof contentType === "string" && /^\s*(?:text\/html|application\/json)/i.test(contentType);
    if (isPage) return this.#malformed(`${contentType.split(";")[0]?.slice(0, 100)} in place of a stream`);
    return new ResponsesDecoder(call, this.#host);
  }

  decodeError(status: number, headers: UpstreamHeaders, body: Buffer, request?: FailedRequest): RouterError {
    const error = classifyError(this.#host, status, headers, body, request);
    // What is not there any more is no fault of the deployment that kept it.
    if (status === 404 && request?.call?.endpoint === "kept") return withBody(asNotFound(error), body, this.#host);
    if (error.code === "upstream_auth") this.#host.signer?.refused();
    return withBody(error, body, this.#host);
  }

  #malformed(what: string): RouterError {
    const { deploymentId } = this.#host;
    return new RouterError("upstream_malformed", `Deployment ${deploymentId} sent ${what}.`, { deploymentId });
  }
}

function asNotFound({ upstream, message, deploymentId }: RouterError): RouterError {
  return new RouterError("not_found", upstream?.message ?? message, { deploymentId, upstream });
}

/** What a request for an answer is sent to. */
export const createResponse = { method: "POST", path: "/responses" } as const;

function headersFor(hasBody: boolean, stream: boolean): Readonly<Record<string, string>> {
  return {
    ...(hasBody ? { "content-type": "application/json" } : {}),
    "user-agent": "huntgroup",
    accept: stream ? "text/event-stream" : "application/json",
    "accept-encoding": "identity",
  };
}

function hasMembers(object: Readonly<Record<string, string>> | undefined): boolean {
  for (const _ in object) return true;
  return false;
}

const nothingUsed: Usage = { promptTokens: 0, outputTokens: 0 };

/** Longer errors are written anew. */
const longestErrorBody = 65_536;

/** Gives what the caller is to blame for in the provider's own words: clients match on them. */
function withBody(error: RouterError, body: Buffer, { redact }: DeploymentHost): RouterError {
  const { upstream, code, message, param, retryAfterMs, isSaidWait, isOfProvider, deploymentId } = error;
  const isCallers = codeClasses[code].failure === "caller";
  if (upstream === undefined || !isCallers || body.length > longestErrorBody || scanObject(body) === undefined) return error;
  const told = body.toString();
  const clean = redact(told);
  // What JSON writes in another way is not found in it as it stands.
  if (tellsSecret(clean, redact)) return error;
  const bytes = clean === told ? body : Buffer.from(clean);
  const whole = { ...upstream, body: { format: responsesFormat, bytes } };
  return new RouterError(code, message, { param, retryAfterMs, isSaidWait, isOfProvider, deploymentId, upstream: whole });
}

const replyKeys = ["error", "output", "status", "incomplete_details", "usage"] as const;
/** Where they stand in the reply that was looked at last. */
const spans = new Int32Array(replyKeys.length * 2);

function spanOf(key: (typeof replyKeys)[number]): readonly [start: number, end: number] {
  const at = replyKeys.indexOf(key) * 2;
  return [spans[at] ?? -1, spans[at + 1] ?? -1];
}

/** The JSON of a member, where it is short or its beginning is enough. */
function textOf(body: Buffer, key: (typeof replyKeys)[number]): string | undefined {
  const [start, end] = spanOf(key);
  return start === -1 ? undefined : body.toString("utf8", start, Math.min(end, start + 4_096));
}

/** Whether the provider refused the content, and nothing of an answer is there. */
function isFilteredAway(body: Buffer): boolean {
  const why = textOf(body, "incomplete_details") ?? "";
  return why.includes('"content_filter"') && /^\[\s*\]$/.test(textOf(body, "output") ?? "");
}

function parsed(json: string): unknown {
  try {
    return JSON.parse(json) as unknown;
  } catch {
    return { message: "The response failed." };
  }
}
