import type { Call } from "../../../core/call.ts";
import { RouterError } from "../../../core/errors.ts";
import { openAiFormat } from "../../../core/format.ts";
import type { DecodedReply } from "../../../core/provider.ts";
import type { UpstreamHeaders } from "../../../core/upstream.ts";
import { countItems, scanObject, spliceObject } from "../../../lib/json/json-splice.ts";
import type { JsonMember } from "../../../lib/json/json-text.ts";
import { classifyInlineError, type ErrorSource } from "../../kit/upstream-errors/classify-error.ts";
import { hasBaseRespError } from "../reply/choice-end.ts";
import { modelJson } from "../../kit/model-json.ts";
import { formEndpoints } from "./operations.ts";
import { readOperationUsage } from "./operation-units.ts";

/** Longer than any media type with its parameters. */
const longestType = 256;

/** The content type of a reply, for callers to be told. Undefined where it has none that can be. */
export function contentTypeOf(headers: UpstreamHeaders): string | undefined {
  const type = headers["content-type"];
  return typeof type === "string" && type.length <= longestType && /^[\x20-\x7e]+$/.test(type) ? type : undefined;
}

/** What the words of a call are, for who reads errors: a form's are not looked for. */
export function wordsOf(call: Call): Call | undefined {
  return call.foreign === undefined ? call : undefined;
}

/**
 * Reads a whole reply that goes on as it came: JSON, but for `model` where there is one, or text of another type (a transcript). A page, nothing
 * and JSON that was cut short or tells of an error are failures.
 */
export function readOperationReply(
  call: Call,
  source: ErrorSource,
  headers: UpstreamHeaders,
  received: Buffer,
): DecodedReply | RouterError {
  const type = contentTypeOf(headers);
  const body = withoutMark(received);
  if (body.length === 0) return malformed(source, "that is empty");
  if (type !== undefined && /^text\/html/i.test(type)) return malformed(source, "that is a page");
  // What a form is answered with may be any text. Everything else is JSON, whatever its type says.
  const isJson = type === undefined || /json/i.test(type) || !formEndpoints.has(call.endpoint);
  if (isJson) return readJson(call, source, body);
  return { format: openAiFormat, body: received, contentType: type, usage: readOperationUsage(call, undefined, { duration: endOf(body) }) };
}

function readJson(call: Call, source: ErrorSource, body: Buffer): DecodedReply | RouterError {
  const members = scanObject(body);
  if (members === undefined || members.length === 0) return malformed(source, "that is not a whole JSON object");
  const valueOf = (key: string): unknown => parsed(body, memberOf(members, key));
  if (isErrorValue(valueOf("error")) || hasBaseRespError(valueOf("base_resp"))) {
    return classifyInlineError(source, parseAll(body), wordsOf(call));
  }
  const data = memberOf(members, "data");
  const told = {
    images: data === undefined || call.units?.images === undefined ? undefined : countItems(body, data.valueStart, '{"'),
    meta: valueOf("meta"),
    duration: formEndpoints.has(call.endpoint) ? valueOf("duration") : undefined,
  };
  const usage = readOperationUsage(call, valueOf("usage"), told);
  const model = memberOf(members, "model");
  if (model === undefined) return { format: openAiFormat, body, usage };
  return {
    format: openAiFormat,
    body: Buffer.concat(spliceObject({ bytes: body, members }, { set: new Map([["model", modelJson(call)]]) })),
    usage,
  };
}

/** Whether a member `error` tells of one. Some hosts have it in every reply. */
export function isErrorValue(error: unknown): boolean {
  return error !== undefined && error !== null && error !== false && error !== "" && Object.keys(error).length > 0;
}

/** A member of a JSON object of which nothing else is parsed: it may hold an image. Undefined where there is none. */
export function readMember(json: Buffer, key: string): unknown {
  return parsed(json, memberOf(scanObject(json) ?? [], key));
}

/** What tells of an error, as parsed; its text where it is no JSON. */
export function parseAll(json: Buffer): unknown {
  try {
    return JSON.parse(json.toString()) as unknown;
  } catch {
    return json.toString("utf8", 0, mostParsed);
  }
}

function memberOf(members: readonly JsonMember[], key: string): JsonMember | undefined {
  return members.findLast((member) => member.key === key);
}

/** Larger values are content, and no one looks into them. */
const mostParsed = 65_536;

function parsed(body: Buffer, member: JsonMember | undefined): unknown {
  if (member === undefined || member.valueEnd - member.valueStart > mostParsed) return undefined;
  try {
    return JSON.parse(body.toString("utf8", member.valueStart, member.valueEnd)) as unknown;
  } catch {
    return undefined;
  }
}

const lastBytes = 1_024;
const cue = /-->\s*(?:(\d{1,3}):)?(\d{1,2}):(\d{1,2})[.,](\d{3})/g;

/** When the last subtitle ends, in seconds: a recording that was answered in subtitles is about so long. Undefined for other texts. */
function endOf(text: Buffer): number | undefined {
  const last = [...text.toString("latin1", Math.max(text.length - lastBytes, 0)).matchAll(cue)].at(-1);
  if (last === undefined) return undefined;
  const [, hours = 0, minutes, seconds, thousandths] = last;
  return Number(hours) * 3_600 + Number(minutes) * 60 + Number(seconds) + Number(thousandths) / 1_000;
}

function withoutMark(body: Buffer): Buffer {
  return body[0] === 0xef && body[1] === 0xbb && body[2] === 0xbf ? body.subarray(3) : body;
}

function malformed({ deploymentId }: ErrorSource, what: string): RouterError {
  return new RouterError("upstream_malformed", `Deployment ${deploymentId} sent a reply ${what}.`, { deploymentId });
}
