import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { JsonMembers } from "../../../src/core/provider.ts";
import { needsConverse } from "../../../src/providers/bedrock/chosen-adapter.ts";
import { chatCall, decoded, encoded, testRules } from "../../formats/kit/chat/support.ts";
import { connect } from "../support.ts";

const schema = { type: "json_schema", json_schema: { name: "a", schema: { type: "object" } } };
const tools = [{ type: "function", function: { name: "f" } }];
const keepsSchemas = { supports_bedrock_runtime_chat_completions_response_format: true };
const reasonsWithTools = { supports_bedrock_runtime_chat_completions_tools_with_reasoning: true };

const rows: readonly (readonly [string, JsonMembers, JsonMembers, boolean])[] = [
  ["a plain chat", {}, {}, false],
  ["what is null", { thinking: null, tools: null, response_format: null }, {}, false],
  ["a text as format", { response_format: { type: "text" } }, {}, false],
  ["a schema that is kept", { response_format: schema }, keepsSchemas, false],
  ["a schema that is not", { response_format: schema }, {}, true],
  ["any JSON", { response_format: { type: "json_object" } }, keepsSchemas, true],
  ["tools", { tools }, {}, true],
  ["tools of old", { functions: [{ name: "f" }] }, {}, true],
  ["tools without reasoning", { tools, reasoning_effort: "none" }, {}, false],
  ["tools where they go with reasoning", { tools, reasoning_effort: "high" }, reasonsWithTools, false],
  ["a parameter of Converse's", { guardrailConfig: {} }, {}, true],
];

describe("chats that Bedrock's API in OpenAI's format cannot do", () => {
  for (const [what, members, facts, expected] of rows) {
    it(`go to Converse or not: ${what}`, () => assert.equal(needsConverse(members, "m", testRules(facts)), expected));
  }

  it("are asked and read by Converse, and all others in OpenAI's format", () => {
    const { adapter, model } = connect({ address: "bedrock/us-east-1/openai.gpt-5.6-sol", setting: () => undefined });
    const plain = chatCall({});
    const other = chatCall({ tools });
    assert.equal(encoded(adapter, plain, model).path, "/openai/v1/chat/completions");
    assert.equal(encoded(adapter, other, model).path, "/model/openai.gpt-5.6-sol/converse");
    assert.equal(encoded(adapter, chatCall({ tools, stream: true }), model).path, "/model/openai.gpt-5.6-sol/converse-stream");
    const body = Buffer.from('{"output":{"message":{"role":"assistant","content":[{"text":"hi"}]}},"stopReason":"end_turn"}');
    const read = adapter.decodeReply(other, {}, body);
    assert.match("body" in read ? read.body.toString() : read.message, /"content":"hi"/);
    const [event] = decoded(adapter, chatCall({ stream: true }), [Buffer.from('data: {"choices":[{"delta":{"content":"hi"}}]}\n\n')]);
    assert.equal(event === undefined ? undefined : adapter.readText(event), "hi");
    assert.equal(adapter.decodeError(403, {}, Buffer.from("{}")).code, "upstream_auth");
    assert.equal(adapter.origin, "https://bedrock-runtime.us-east-1.amazonaws.com");
  });

  it("are Converse's where a profile of one's own is asked", () => {
    const profile = "arn:aws:bedrock:us-east-1:1:application-inference-profile/x";
    const { adapter, model } = connect({
      address: "bedrock/openai.gpt-5.6-sol",
      setting: (name) => (name === "model_id" ? profile : undefined),
    });
    assert.match(encoded(adapter, chatCall({}), model).path, /^\/model\/arn%3Aaws.*\/converse$/);
  });
});
