import type { Endpoint } from "../../../core/endpoints.ts";
import { countItems } from "../../../lib/json/json-splice.ts";
import type { JsonText } from "../../../lib/json/json-text.ts";
import type { JsonFields } from "../../kit/request/field-reader.ts";

/** Beyond all that a host allows; a larger number is refused there, whatever it is taken for here. */
const mostAnswers = 1_000_000;

/** How many answers a request asks for: `n` or `best_of`, the larger, for each of its prompts. What the fields may be is up to the provider. */
export function countAnswers(fields: JsonFields, body: JsonText, endpoint: Endpoint): number {
  if (endpoint === "embeddings") return 1;
  const each = Math.max(numberOf(fields["n"]), numberOf(fields["best_of"]), 1);
  return Math.min(endpoint === "chat" ? each : each * countPrompts(body), mostAnswers);
}

/** A list of numbers is one prompt, as its tokens; a list of texts or of lists holds several. */
function countPrompts({ bytes, members }: JsonText): number {
  const prompt = members.findLast((member) => member.key === "prompt");
  return prompt === undefined ? 1 : Math.max(countItems(bytes, prompt.valueStart, '"['), 1);
}

function numberOf(value: unknown): number {
  // Lenient hosts take a number as text, too.
  const number = typeof value === "string" && /^\s*\d{1,9}(?:\.0*)?\s*$/.test(value) ? Number(value) : value;
  return typeof number === "number" && number > 0 ? Math.ceil(Math.min(number, mostAnswers)) : 0;
}
