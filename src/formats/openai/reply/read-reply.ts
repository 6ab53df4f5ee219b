import type { Call } from "../../../core/call.ts";
import { RouterError } from "../../../core/errors.ts";
import { openAiFormat } from "../../../core/format.ts";
import type { DecodedReply } from "../../../core/provider.ts";
import type { JsonMember } from "../../../lib/json/json-text.ts";
import { scanObject, spliceObject } from "../../../lib/json/json-splice.ts";
import { classifyInlineError, type ErrorSource } from "../errors/classify-error.ts";
import { modelJson } from "./model-json.ts";
import { readUsage } from "../usage/read-usage.ts";

/**
 * Reads a whole reply in OpenAI's JSON: its usage, and the place of the model's name, which becomes the caller's. The reply is scanned and not
 * parsed, so that a batch of embeddings costs little. A reply that was cut short, or that lacks its main part, is refused.
 */
export function readReply(call: Call, source: ErrorSource, body: Buffer): DecodedReply | RouterError {
  const members = scanObject(body);
  if (members === undefined) return malformed(source, "that is not a whole JSON object");
  const main = call.endpoint === "embeddings" ? "data" : "choices";
  if (!members.some((member) => member.key === main)) {
    // Some gateways answer 200 with an error in the body.
    const error = parseMember(body, members, "error");
    if (error === undefined || error === null) return malformed(source, `without \`${main}\``);
    return classifyInlineError(source, { error });
  }
  return {
    format: openAiFormat,
    body: withModel(body, members, modelJson(call)),
    usage: readUsage(parseMember(body, members, "usage"), call.endpoint),
  };
}

/** Puts the caller's name for the model in. Makes one copy, or none where the name is the caller's already. */
function withModel(body: Buffer, members: readonly JsonMember[], json: Buffer): Buffer {
  const named = members.filter((member) => member.key === "model");
  const [model] = named;
  if (model === undefined || named.length > 1)
    return Buffer.concat(spliceObject({ bytes: body, members }, { set: new Map([["model", json]]) }));
  const { valueStart, valueEnd } = model;
  if (json.compare(body, valueStart, valueEnd) === 0) return body;
  return Buffer.concat([body.subarray(0, valueStart), json, body.subarray(valueEnd)], body.length - (valueEnd - valueStart) + json.length);
}

function parseMember(body: Buffer, members: readonly JsonMember[], key: string): unknown {
  const member = members.findLast((candidate) => candidate.key === key);
  if (member === undefined) return undefined;
  try {
    return JSON.parse(body.toString("utf8", member.valueStart, member.valueEnd)) as unknown;
  } catch {
    return undefined;
  }
}

function malformed(source: ErrorSource, what: string): RouterError {
  const { deploymentId } = source;
  return new RouterError("upstream_malformed", `Deployment ${deploymentId} sent a reply ${what}.`, { deploymentId });
}
