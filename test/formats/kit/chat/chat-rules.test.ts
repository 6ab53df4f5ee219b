import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { JsonMembers } from "../../../../src/core/provider.ts";
import { applyRules, type ChatRules, readChatRules } from "../../../../src/formats/kit/chat/chat-rules.ts";
import { paramsOf } from "../../../providers/support.ts";
import { testHost, testRules } from "./support.ts";

const taken = new Set(["temperature", "tools", "max_tokens"]);

/** A request's members as a deployment gets them, and what its caller is told. */
function applied(members: JsonMembers, rules: Partial<ChatRules> = {}, host = testHost()): [JsonMembers, string[]] {
  const adjusted = new Set<string>();
  const kept = applyRules(members, { host, rules: testRules({}, rules) }, taken, adjusted);
  return [kept, [...adjusted]];
}

describe("the rules of what goes to a deployment", () => {
  it("keep what it takes and what is nobody's parameter, without what is the router's", () => {
    assert.deepEqual(applied({ temperature: 1, top_k: 3, num_retries: 2, drop_params: true }), [{ temperature: 1, top_k: 3 }, []]);
  });

  it("refuse what it does not take, by name", () => {
    assert.throws(() => applied({ logit_bias: { 1: 2 } }), { code: "cannot_serve_this", param: "logit_bias", message: /drop_params/ });
  });

  it("leave out what asks for nothing, and what an answer is the same without", () => {
    const asks = { n: 1, logprobs: false, top_logprobs: 0, logit_bias: {}, modalities: ["text"], presence_penalty: 0, seed: null };
    assert.deepEqual(applied({ reasoning_effort: "none" }), [{}, []]);
    assert.throws(() => applied({ reasoning_effort: "low" }), { param: "reasoning_effort" });
    assert.deepEqual(applied(asks), [{}, []]);
    assert.deepEqual(applied({ user: "u", metadata: { a: "b" }, store: true }), [{}, ["user", "metadata", "store"]]);
  });

  it("drop what it does not take where the deployment says so, or the request, whose word counts first", () => {
    const bias = { logit_bias: { 1: 2 } };
    assert.deepEqual(applied(bias, { dropParams: true }), [{}, ["logit_bias"]]);
    assert.deepEqual(applied({ ...bias, drop_params: true }), [{}, ["logit_bias"]]);
    assert.throws(() => applied({ ...bias, drop_params: false }, { dropParams: true }), { param: "logit_bias" });
  });

  it("drop the names that the deployment or the request lists, from requests and defaults, but tell of requests alone", () => {
    const host = testHost({ dropped: ["temperature"], defaults: { temperature: 1, top_k: 2, top_a: 3 } });
    assert.deepEqual(applied({ additional_drop_params: ["top_k"] }, {}, host), [{ top_a: 3 }, []]);
    assert.deepEqual(applied({ temperature: 0 }, {}, host), [{ top_k: 2, top_a: 3 }, ["temperature"]]);
  });

  it("drop members deep within a parameter", () => {
    const tools = [{ type: "function", function: { name: "f", strict: true } }];
    const left = [{ type: "function", function: { name: "f" } }];
    const host = testHost({ dropped: ["tools[*].function.strict"] });
    assert.deepEqual(applied({ tools }, {}, host), [{ tools: left }, ["tools[*].function.strict"]]);
    assert.deepEqual(applied({ tools: left }, {}, host), [{ tools: left }, []]);
    assert.equal(tools[0]?.function.strict, true);
  });

  it("send what is allowed though it is not known to be taken", () => {
    const bias = { logit_bias: { 1: 2 } };
    assert.deepEqual(applied(bias, { allowedParams: new Set(["logit_bias"]) }), [bias, []]);
    assert.deepEqual(applied({ ...bias, allowed_openai_params: ["logit_bias"] }), [bias, []]);
  });

  it("let a request's parameters win over the deployment's", () => {
    assert.deepEqual(applied({ temperature: 0 }, {}, testHost({ defaults: { temperature: 1, top_k: 4 } })), [
      { temperature: 0, top_k: 4 },
      [],
    ]);
  });

  it("are read from a deployment's parameters", () => {
    const settings: JsonMembers = {
      modify_params: true,
      allowed_openai_params: ["seed"],
      cache_control_injection_points: [{ location: "message", role: "system" }],
    };
    const rules = readChatRules(paramsOf({ address: "", dropParams: true, setting: (name) => settings[name] }));
    assert.deepEqual([rules.dropParams, rules.modifyParams, [...rules.allowedParams], rules.cachePoints.length], [true, true, ["seed"], 1]);
  });
});
