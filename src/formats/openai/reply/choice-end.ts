type Fields = Readonly<Record<string, unknown>>;

/** The fields of a message or a delta that a reader of the answer would see. */
const contentFields = [
  "content",
  "reasoning_content",
  "reasoning",
  "reasoning_details",
  "tool_calls",
  "function_call",
  "refusal",
  "audio",
  "images",
];

/** What is the only one of a list: Google's endpoint in OpenAI's format puts one around errors. */
export function onlyOne(value: unknown): unknown {
  return Array.isArray(value) && value.length === 1 ? (value as readonly unknown[])[0] : value;
}

/** The value as a JSON object; undefined for anything else. */
export function asFields(value: unknown): Fields | undefined {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Fields) : undefined;
}

/** Whether a choice has something that a reader of the answer would see. @param choice Of a whole reply or of a stream's chunk. */
export function hasContent(choice: Fields): boolean {
  if (isFilled(choice["text"])) return true;
  // A host that answers in one piece may send a whole message instead of a delta.
  const delta = asFields(choice["delta"]) ?? asFields(choice["message"]);
  return delta !== undefined && contentFields.some((field) => isFilled(delta[field]));
}

/** Whether a choice tells that its host failed: it is no answer, whatever it holds. */
export function hasFailed(choice: unknown): boolean {
  const fields = asFields(choice);
  return fields !== undefined && (fields["finish_reason"] === "error" || asFields(fields["error"]) !== undefined);
}

/** Whether a choice ended because its content was refused, and holds nothing. */
export function isFilteredAway(choice: unknown): boolean {
  const fields = asFields(choice);
  return fields?.["finish_reason"] === "content_filter" && !hasContent(fields);
}

/** Whether MiniMax's `base_resp` tells of an error. */
export function hasBaseRespError(told: unknown): boolean {
  const code = asFields(told)?.["status_code"];
  return typeof code === "number" && code !== 0;
}

function isFilled(value: unknown): boolean {
  if (typeof value === "string" || Array.isArray(value)) return value.length > 0;
  return typeof value === "object" && value !== null;
}
