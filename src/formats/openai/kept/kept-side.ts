import type { Call } from "../../../core/call.ts";
import { RouterError } from "../../../core/errors.ts";
import { type DeploymentHost, openAiFormat } from "../../../core/format.ts";
import type { Usage } from "../../../core/outcome.ts";
import type { DecodedReply, StreamDecoder, StreamEvent, StreamEventKind } from "../../../core/provider.ts";
import type { UpstreamHeaders, UpstreamRequest } from "../../../core/upstream.ts";
import { scanObject } from "../../../lib/json/json-splice.ts";
import { classifyInlineError } from "../../kit/upstream-errors/classify-error.ts";
import { routerFields } from "../../kit/router-fields.ts";
import { FormRequest } from "../operations/form-request.ts";
import { contentTypeOf, isErrorValue, parseAll, readMember } from "../operations/read-operation-reply.ts";
import { pickingFields } from "./read-files-call.ts";

/** Whether a call is for files or batches. What Responses keeps is of another format. */
export function isOfKept({ endpoint, foreign }: Pick<Call, "endpoint" | "foreign">): boolean {
  return endpoint === "kept" && (foreign === undefined || foreign instanceof FormRequest);
}

const removed: ReadonlySet<string> = new Set([...routerFields, ...pickingFields]);
const noDefaults: ReadonlyMap<string, string> = new Map();

/** Writes a request for files or batches as a deployment takes it: as it came, but for what is the router's own. */
export function writeKeptRequest(call: Call, host: DeploymentHost, upstreamModel: string): UpstreamRequest | RouterError {
  const { foreign, resource, body, stream } = call;
  const form = foreign instanceof FormRequest ? foreign : undefined;
  const pieces = form === undefined ? [body.bytes].filter(({ length }) => length > 0) : form.write({ defaults: noDefaults, removed });
  const request: UpstreamRequest = {
    method: resource?.method ?? "POST",
    origin: host.origin,
    path: host.path(call, upstreamModel),
    headers: {
      ...(form?.headers ?? (pieces.length === 0 ? {} : { "content-type": "application/json" })),
      "user-agent": "huntgroup",
      accept: stream ? "*/*" : "application/json",
      "accept-encoding": "identity",
      ...host.headers,
    },
    body: pieces,
  };
  return host.signer === undefined ? request : host.signer.sign(request);
}

/** What is kept was paid for where it was made, and batches tell nobody what they use. */
const nothingUsed: Usage = { promptTokens: 0, outputTokens: 0 };

/** Reads an answer about a file or a batch: an object in JSON, or nothing. */
export function readKeptReply(host: DeploymentHost, body: Buffer): DecodedReply | RouterError {
  const { deploymentId } = host;
  if (body.length > 0 && scanObject(body) === undefined)
    return new RouterError("upstream_malformed", `Deployment ${deploymentId} sent a reply that is not a whole JSON object.`, {
      deploymentId,
    });
  if (body.length > 0 && isErrorValue(readMember(body, "error"))) return classifyInlineError(host, parseAll(body), undefined);
  return { format: openAiFormat, body, usage: nothingUsed };
}

/** What a deployment says of what is not there: the caller's to know of a file, and of the whole operation that the deployment has none. */
export function asMissing(error: RouterError, call: Call, { deploymentId }: DeploymentHost): RouterError {
  const { upstream, message } = error;
  if (call.pinnedTo !== undefined) return new RouterError("not_found", upstream?.message ?? message, { deploymentId, upstream });
  return noKept(call, deploymentId, upstream);
}

/** Why a deployment is not asked for files and batches. */
export function noKept({ resource }: Call, deploymentId: string, upstream?: RouterError["upstream"]): RouterError {
  const kind = /^\/(\w+)/.exec(resource?.path ?? "")?.[1] ?? "files";
  return new RouterError("operation_not_supported", `Deployment ${deploymentId} has no ${kind}.`, { deploymentId, upstream });
}

const noBytes = Buffer.alloc(0);

/** Passes on what a file holds. An empty one is whole, too. */
export class FileDecoder implements StreamDecoder {
  readonly #contentType: string;

  constructor(headers: UpstreamHeaders) {
    this.#contentType = contentTypeOf(headers) ?? "application/octet-stream";
  }

  push(chunk: Buffer, emit: (event: StreamEvent) => void): void {
    if (chunk.length > 0) emit(this.#event("content", chunk));
  }

  end(emit: (event: StreamEvent) => void): void {
    emit({ ...this.#event("finish", noBytes), usage: nothingUsed });
  }

  #event(kind: StreamEventKind, bytes: Buffer): StreamEvent {
    return { kind, format: openAiFormat, bytes, data: undefined, usage: undefined, error: undefined, contentType: this.#contentType };
  }
}
