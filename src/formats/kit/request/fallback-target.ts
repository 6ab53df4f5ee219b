import type { Call, FallbackTarget } from "../../../core/call.ts";
import { RouterError } from "../../../core/errors.ts";
import { scanMembers, spliceObject } from "../../../lib/json/json-splice.ts";
import { openAiBody } from "../openai-body.ts";
import { FieldReader, type FieldProblem, type JsonFields } from "./field-reader.ts";
import { larger } from "./larger-cap.ts";
import { twinParameters } from "./twin-parameters.ts";

/** Fields that hold for the whole call: its caller already waits for a stream, or for one reply. */
const notAmendable: ReadonlySet<string> = new Set(["model", "stream", "stream_options"]);

/** What changes in how the router treats the call. */
type Overrides = Partial<Pick<Call, "maxOutputTokens" | "timeoutMs" | "streamTimeoutMs" | "tags">>;

/**
 * Reads a fallback given as an object: a model, and what replaces the caller's own in the request to it (`messages`, parameters, `timeout`,
 * `stream_timeout`, `tags`).
 * @param written The same object with its values as they are sent: `JSON.stringify` writes them.
 * @param prefix What stands before a key in its path, for `problems`.
 * @throws RangeError for values nested deeper than the stack allows.
 */
export function readFallbackTarget(fields: JsonFields, written: JsonFields, prefix: string, problems: FieldProblem[]): FallbackTarget {
  const reader = new FieldReader(fields, prefix, problems);
  const model = reader.requiredText("model");
  const overrides = readOverrides(reader);
  const set = new Map<string, Buffer>();
  for (const [key, value] of Object.entries(written)) {
    if (!notAmendable.has(key)) set.set(key, Buffer.from(JSON.stringify(value)));
  }
  return { model, amend: set.size === 0 ? undefined : (call) => amended(call, set, overrides) };
}

function readOverrides(reader: FieldReader): Overrides {
  const maxOutputTokens = larger(reader.count("max_completion_tokens"), reader.count("max_tokens"));
  const timeoutMs = reader.seconds("timeout") ?? reader.seconds("request_timeout");
  const streamTimeoutMs = reader.seconds("stream_timeout");
  const tags = reader.tags("tags");
  return {
    ...(maxOutputTokens === undefined ? {} : { maxOutputTokens }),
    ...(timeoutMs === undefined ? {} : { timeoutMs }),
    ...(streamTimeoutMs === undefined ? {} : { streamTimeoutMs }),
    ...(tags === undefined ? {} : { tags }),
  };
}

/** @returns Undefined for a call that cannot be said in OpenAI's JSON. */
function amended(call: Call, set: ReadonlyMap<string, Buffer>, overrides: Overrides): Call | undefined {
  const body = openAiBody(call);
  if (body instanceof RouterError) return undefined;
  const twins = [...set.keys()].map((key) => twinParameters.get(key)).filter((twin) => twin !== undefined);
  const bytes = Buffer.concat(spliceObject(body, { set, remove: new Set(twins) }));
  return { ...call, ...overrides, body: { bytes, members: scanMembers(bytes) }, foreign: undefined };
}
