import type { JsonMembers, JsonValue } from "../../../core/provider.ts";
import { isMembers } from "../../kit/chat/chat-fields.ts";

/** Gemini's `logprobsResult` as OpenAI's `logprobs`. @returns Undefined where it tells nothing. */
export function readLogprobs(value: JsonValue | undefined): JsonMembers | undefined {
  const chosen = isMembers(value) ? value["chosenCandidates"] : undefined;
  if (!isMembers(value) || !Array.isArray(chosen)) return undefined;
  const tops = Array.isArray(value["topCandidates"]) ? (value["topCandidates"] as readonly JsonValue[]) : [];
  const content = (chosen as readonly JsonValue[]).filter(isMembers).map((one, index) => {
    const top = tops[index];
    const others = isMembers(top) && Array.isArray(top["candidates"]) ? (top["candidates"] as readonly JsonValue[]).filter(isMembers) : [];
    return { ...token(one), top_logprobs: others.map(token) };
  });
  return { content };
}

function token({ token: text, logProbability: logprob }: JsonMembers): JsonMembers {
  const said = typeof text === "string" ? text : "";
  return { token: said, logprob: typeof logprob === "number" ? logprob : 0, bytes: [...Buffer.from(said)] };
}
