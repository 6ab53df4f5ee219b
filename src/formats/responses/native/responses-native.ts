import type { Call } from "../../../core/call.ts";
import { codeClasses, RouterError } from "../../../core/errors.ts";
import type { Usage } from "../../../core/outcome.ts";
import type { DeploymentHost } from "../../../core/format.ts";
import type { DecodedReply, FailedRequest, StreamDecoder } from "../../../core/provider.ts";
import type { UpstreamHeaders, UpstreamRequest } from "../../../core/upstream.ts";
import { scanObject } from "../../../lib/json/json-splice.ts";
import type { JsonMember } from "../../../lib/json/json-text.ts";
import type { NativeSide } from "../../kit/native/two-format-adapter.ts";
import { classifyError, classifyInlineError } from "../../kit/upstream-errors/classify-error.ts";
import { tellsSecret } from "../../kit/upstream-errors/tells-secret.ts";
import { responsesFormat } from "../kit/format-name.ts";
import { readResponsesUsage } from "../kit/read-usage.ts";
import { RequestWriter } from "./request-writer.ts";
import { ResponsesDecoder } from "./stream-decoder.ts";

/** Speaks Responses to a deployment that has them, for callers who speak them too: bytes go through as they came, both ways. */
export class ResponsesNative implements NativeSide {
  readonly format = responsesFormat;
  readonly #host: DeploymentHost;
  readonly #writer: RequestWriter;

  /** @param host Its `path` is asked with a {@link Call.resource}: `/responses` for a request of an answer. */
  constructor(host: DeploymentHost) {
    this.#host = host;
    this.#writer = new RequestWriter(host);
  }

  encode(call: Call, upstreamModel: string): UpstreamRequest | RouterError {
    const host = this.#host;
    const resource = call.resource ?? createResponse;
    const model = host.bodyModel?.(upstreamModel) ?? upstreamModel;
    const isKept = call.endpoint === "kept";
    const body = isKept ? this.#writer.writeKept(call.body) : this.#writer.write(call.body, model);
    const adjusted = isKept ? undefined : this.#writer.adjusted(call.body);
    const request: UpstreamRequest = {
      method: resource.method,
      origin: host.origin,
      path: host.path({ ...call, resource }, upstreamModel),
      headers: {
        ...(body.length === 0 ? {} : { "content-type": "application/json" }),
        "user-agent": "huntgroup",
        accept: call.stream ? "text/event-stream" : "application/json",
        "accept-encoding": "identity",
        ...call.foreign?.headers,
        ...host.headers,
      },
      body,
      ...(adjusted === undefined ? {} : { adjusted }),
    };
    return host.signer === undefined ? request : host.signer.sign(request);
  }

  decodeReply(call: Call, _headers: UpstreamHeaders, body: Buffer): DecodedReply | RouterError {
    // What was deleted may be answered with nothing.
    if (call.endpoint === "kept" && body.length === 0) return { format: responsesFormat, body, usage: nothingUsed };
    const members = scanObject(body);
    if (members === undefined) return this.#malformed("a reply that is not a whole JSON object");
    // A response that is only looked at was paid for when it was made.
    if (call.endpoint === "kept") return { format: responsesFormat, body, usage: nothingUsed };
    // To count a prompt costs nothing; to shorten one is paid for as an answer is.
    if (call.resource !== undefined) return { format: responsesFormat, body, usage: readResponsesUsage(body) ?? nothingUsed };
    const error = textOf(body, members, "error");
    if (error !== undefined && error !== "null") return classifyInlineError(this.#host, { error: parsed(error) }, call);
    if (textOf(body, members, "output") === undefined) return this.#malformed("a reply without `output`");
    const usage = readResponsesUsage(body);
    const isFiltered = textOf(body, members, "status") === '"incomplete"' && isFilteredAway(body, members);
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

/** The JSON of a member, where it is short or its beginning is enough. */
function textOf(body: Buffer, members: readonly JsonMember[], key: string): string | undefined {
  const member = members.findLast((one) => one.key === key);
  return member === undefined ? undefined : body.toString("utf8", member.valueStart, Math.min(member.valueEnd, member.valueStart + 4_096));
}

/** Whether the provider refused the content, and nothing of an answer is there. */
function isFilteredAway(body: Buffer, members: readonly JsonMember[]): boolean {
  const why = textOf(body, members, "incomplete_details") ?? "";
  return why.includes('"content_filter"') && /^\[\s*\]$/.test(textOf(body, members, "output") ?? "");
}

function parsed(json: string): unknown {
  try {
    return JSON.parse(json) as unknown;
  } catch {
    return { message: "The response failed." };
  }
}
