import type { Call } from "../../../core/call.ts";
import type { AnsweredAlone } from "../../../core/format.ts";
import type { JsonMembers, JsonValue } from "../../../core/provider.ts";
import { parseExactOnce } from "../../../lib/json/latest-parse.ts";
import { isMembers } from "../../kit/chat/chat-fields.ts";

/** What an image or a page of a document is likely to count, however many bytes it has. */
const mediaTokens = 1_500;
/** Bytes of a document in base64 for each page, roughly. */
const pageBytes = 100_000;

/**
 * Answers how many tokens a prompt has, where no deployment counts them: an estimate from its bytes, by what was learned of a deployment that
 * would be asked. It is said to be one by a header, since the answer has no member for it.
 */
export function estimateTokens({ body }: Pick<Call, "body">, tokensOf: (bytes: number) => number): AnsweredAlone {
  const prompt = { bytes: 0, tokens: 0 };
  const members = parseExactOnce(body.bytes) as JsonMembers;
  for (const name of ["system", "messages", "tools"]) weigh(members[name], prompt);
  return { body: `{"input_tokens":${tokensOf(prompt.bytes) + prompt.tokens}}`, headers: { "x-huntgroup-estimated": "true" } };
}

/** Adds a value's JSON, but for what is no text. */
function weigh(value: JsonValue | undefined, prompt: { bytes: number; tokens: number }): void {
  if (value === undefined) return;
  if (typeof value === "string") prompt.bytes += Buffer.byteLength(value) + 2;
  else if (Array.isArray(value)) for (const item of value as readonly JsonValue[]) weigh(item, prompt);
  else if (!isMembers(value)) prompt.bytes += JSON.stringify(value).length;
  else if (value["type"] === "base64" && typeof value["data"] === "string") {
    const pages = value["media_type"] === "application/pdf" ? Math.ceil(value["data"].length / pageBytes) : 1;
    prompt.tokens += pages * mediaTokens;
  } else {
    for (const [name, inner] of Object.entries(value)) {
      prompt.bytes += name.length + 4;
      weigh(inner, prompt);
    }
  }
}
