import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import type { OpenAiHost } from "../support/openai-host.ts";
import { chatEvents } from "../support/openai-replies.ts";
import { Parties } from "../support/parties.ts";
import type { RunningTestService } from "../support/start-service.ts";

/** A host that always cuts its stream, and a mock deployment that can go on with an answer. */
const parties = new Parties();
let host: OpenAiHost;
let service: RunningTestService;
const answer = "one two three four five six seven";
const words = ["one", " two", " three"];

before(async () => {
  host = await parties.host();
  host.always({ kind: "stream", pieces: chatEvents(words).slice(0, words.length + 1), end: "cut" });
  service = await parties.service(`
model_list:
  - model_name: m
    litellm_params: { model: openai/first, api_base: "${host.apiBase}", api_key: x, order: 1 }
    model_info: { id: first }
  - model_name: m
    litellm_params: { model: mock/second, mock_response: "${answer}", order: 2, mock: { first_token_ms: 1, tokens_per_second: 1000 } }
    model_info: { id: second }
router_settings: { stream_recovery: continue }
`);
});

after(() => parties.end());

interface Chunk {
  readonly choices: readonly { readonly delta: { readonly content?: string; readonly role?: string } }[];
  readonly huntgroup?: unknown;
}

test("a stream that its host cuts is whole at the caller, once and in order, and its last chunk says how", async () => {
  const reply = await fetch(`${service.origin}/v1/chat/completions`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ model: "m", stream: true, messages: [{ role: "user", content: "count" }] }),
  });
  const events = (await reply.text()).split("\n\n").filter((event) => event.startsWith("data: "));
  assert.equal(events.at(-1), "data: [DONE]");
  const chunks = events.slice(0, -1).map((event) => JSON.parse(event.slice(6)) as Chunk);
  assert.equal(chunks.map((chunk) => chunk.choices[0]?.delta.content ?? "").join(""), answer);
  assert.equal(chunks.filter((chunk) => chunk.choices[0]?.delta.role !== undefined).length, 1, "one opening");
  assert.deepEqual(chunks.at(-1)?.huntgroup, { resumed_from: "first", deployment: "second" });
  assert.equal(service.router.inFlight, 0);
});
