import type { JsonMembers } from "../../src/core/provider.ts";
import { openAi, statusOf, type Voice, words } from "./native-voices.ts";

const usage = {
  input_tokens: 9,
  input_tokens_details: { cached_tokens: 0 },
  output_tokens: 4,
  output_tokens_details: { reasoning_tokens: 0 },
  total_tokens: 13,
};
const place = { item_id: "msg_1", output_index: 0, content_index: 0 };

const event = (type: string, more: JsonMembers): string =>
  `event: ${type}\ndata: ${JSON.stringify({ type, sequence_number: 0, ...more })}\n\n`;

function response(status: string, output: readonly JsonMembers[]): JsonMembers {
  const ends = status === "completed" ? { usage } : { usage: null };
  return { id: "resp_1", object: "response", created_at: 1_700_000_000, model: "host-model", status, error: null, output, ...ends };
}

function message(text: string): JsonMembers {
  return {
    type: "message",
    id: "msg_1",
    role: "assistant",
    status: "completed",
    content: [{ type: "output_text", text, annotations: [] }],
  };
}

/** A deployment that has OpenAI's Responses. */
export const responsesVoice: Voice = {
  ...openAi,
  name: "responses",
  params: (base) => ({ model: "openai/responses/host-model", api_base: base, api_key: "sk-for-the-host" }),
  reply: (text) => JSON.stringify(response("completed", [message(text)])),
  asks: ({ id, name, args }) =>
    JSON.stringify(response("completed", [{ type: "function_call", id: "fc_1", call_id: id, name, arguments: JSON.stringify(args) }])),
  opening: [
    event("response.created", { response: response("in_progress", []) }),
    event("response.in_progress", { response: response("in_progress", []) }),
    event("response.output_item.added", { output_index: 0, item: { type: "message", id: "msg_1", role: "assistant", content: [] } }),
    event("response.content_part.added", { ...place, part: { type: "output_text", text: "", annotations: [] } }),
  ],
  word: (delta) => event("response.output_text.delta", { ...place, delta }),
  thought: event("response.reasoning_summary_text.delta", { item_id: "rs_1", output_index: 0, summary_index: 0, delta: "hm" }),
  closing: [event("response.completed", { response: response("completed", [message("")]) })],
  quiet: [": keep-alive\n\n"],
  fault: () => event("error", { code: "server_is_overloaded", message: words, param: null }),
  refusal: (complaint) => ({
    status: statusOf(complaint),
    body: JSON.stringify({
      error: { message: words, type: complaint === "request" ? "invalid_request_error" : null, param: null, code: null },
    }),
  }),
};
