import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { JsonMembers } from "../../../../src/core/provider.ts";
import { RequestEncoder } from "../../../../src/formats/openai/request/request-encoder.ts";
import { scanObject } from "../../../../src/lib/json/json-splice.ts";
import { chatCall } from "../../kit/chat/support.ts";

const messages = [{ role: "user", content: "hi" }];

/** What is sent of a request besides its messages and model, and what its caller is told of it. */
function sent(
  body: JsonMembers,
  options: { dropped?: string[]; refused?: string[]; defaults?: JsonMembers } = {},
): [JsonMembers, readonly string[] | undefined] {
  const encoder = new RequestEncoder({ defaults: {}, dropped: [], ...options });
  const call = chatCall(body);
  const {
    model,
    messages: told,
    ...rest
  } = JSON.parse(Buffer.concat(encoder.encode(call.body, call.stream, "up")).toString()) as JsonMembers;
  assert.deepEqual([model, told], ["up", messages]);
  return [rest, encoder.adjusted(call.body)];
}

describe("what is left out of requests in OpenAI's format", () => {
  it("is what the deployment drops, and its callers are told", () => {
    assert.deepEqual(sent({ seed: 1, user: "u" }, { dropped: ["seed"] }), [{ user: "u" }, ["seed"]]);
    assert.deepEqual(sent({ user: "u" }, { dropped: ["seed"] }), [{ user: "u" }, undefined]);
  });

  it("is what the request drops for itself too, its deployment's defaults included", () => {
    const body = { seed: 1, user: "u", additional_drop_params: ["seed", "top_p"] };
    assert.deepEqual(sent(body, { dropped: ["user"], defaults: { top_p: 1, n: 1 } }), [{ n: 1 }, ["seed", "user"]]);
  });

  it("is what the host is known to refuse where the request says so, whatever the deployment says", () => {
    const refused = ["logit_bias"];
    const bias = { logit_bias: {} };
    assert.deepEqual(sent({ ...bias, drop_params: true }, { refused }), [{}, ["logit_bias"]]);
    assert.deepEqual(sent({ ...bias, drop_params: false }, { refused, dropped: refused }), [bias, undefined]);
    assert.deepEqual(sent(bias, { refused, dropped: refused }), [{}, ["logit_bias"]]);
    assert.deepEqual(sent(bias, { refused }), [bias, undefined]);
  });

  it("may stand deep within a parameter, of which the rest stays", () => {
    const tools = [{ type: "function", function: { name: "f", strict: true, big: 1 } }];
    const left = [{ type: "function", function: { name: "f", big: 1 } }];
    const path = "tools[*].function.strict";
    assert.deepEqual(sent({ tools }, { dropped: [path] }), [{ tools: left }, ["tools"]]);
    assert.deepEqual(sent({ tools, additional_drop_params: [path] }), [{ tools: left }, ["tools"]]);
    assert.deepEqual(sent({ tools: left }, { dropped: [path] }), [{ tools: left }, undefined]);
  });

  it("keeps numbers as they are spelled beside what is dropped", () => {
    const bytes = Buffer.from('{"model":"m","messages":[],"x":{"a":12345678901234567890,"b":1}}');
    const encoder = new RequestEncoder({ defaults: {}, dropped: ["x.b"] });
    const pieces = encoder.encode({ bytes, members: scanObject(bytes) ?? [] }, false, "up");
    assert.match(Buffer.concat(pieces).toString(), /"x":\{"a":12345678901234567890\}/);
  });
});
