import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { sessionOfFields, sessionOfHeaders, type CallSession } from "../../../src/core/session/session.ts";

function ofHeaders(headers: Readonly<Record<string, string>>): CallSession | undefined {
  return sessionOfHeaders((name) => headers[name], Object.keys(headers));
}

const spellings: readonly string[] = [
  "x-huntgroup-session-id",
  "x-litellm-trace-id",
  "x-litellm-session-id",
  "x-claude-code-session-id",
  "session-id",
  "session_id",
  "thread-id",
  "conversation_id",
  "x-session-id",
  "x-some-vendor-session-id",
];

for (const [rank, name] of spellings.entries()) {
  test(`the header ${name} names a session, after those that are surer`, () => {
    assert.deepEqual(ofHeaders({ [name]: " abcd-1234 " }), { id: "abcd-1234", root: "abcd-1234" });
    const worse = Object.fromEntries(spellings.slice(rank + 1).map((other) => [other, "another-one"]));
    assert.equal(ofHeaders({ ...worse, [name]: "abcd-1234" })?.id, "abcd-1234");
  });
}

const subagents: readonly [string, Readonly<Record<string, string>>, CallSession][] = [
  ["Claude Code's", { "x-claude-code-session-id": "main", "x-claude-code-agent-id": "a7" }, { id: "main/a7", root: "main" }],
  ["Codex's, a thread of its own", { "session-id": "s", "thread-id": "t", "x-openai-subagent": "review" }, { id: "s/t", root: "s" }],
  ["Codex's with a parent", { session_id: "s", "thread-id": "t", "x-codex-parent-thread-id": "s" }, { id: "s/t", root: "s" }],
  ["one whose conversation is not told", { "x-claude-code-agent-id": "a7" }, { id: "a7", root: "a7" }],
  ["Codex's main thread, which is none", { "session-id": "s", "thread-id": "t" }, { id: "s", root: "s" }],
];
for (const [whose, headers, session] of subagents) {
  test(`a subagent has a session within its conversation: ${whose}`, () => assert.deepEqual(ofHeaders(headers), session));
}

test("a vendor's header names a session only by what looks like an id", () => {
  assert.equal(ofHeaders({ "x-vendor-session-id": "short" }), undefined);
  assert.equal(ofHeaders({ "x-vendor-session-id": "with spaces in it" }), undefined);
  assert.equal(ofHeaders({ "vendor-session-id": "abcd-1234" }), undefined);
});

const long = { device_id: "d", session_id: "of-json" };
const bodies: readonly [string, Readonly<Record<string, unknown>>, string][] = [
  ["litellm_session_id", { litellm_session_id: "a" }, "a"],
  ["litellm_trace_id", { litellm_trace_id: "a" }, "a"],
  ["session_id", { session_id: "a" }, "a"],
  ["metadata.session_id", { metadata: { session_id: "a", user_id: "user_1_session_b" } }, "a"],
  ["metadata.user_id of Claude Code, in JSON", { metadata: { user_id: JSON.stringify(long) } }, "of-json"],
  ["metadata.user_id as an object", { metadata: { user_id: long } }, "of-json"],
  ["metadata.user_id of older versions", { metadata: { user_id: "user_12_account_34_session_5-6" } }, "5-6"],
  ["conversation", { conversation: "a" }, "a"],
  ["conversation.id", { conversation: { id: "a" } }, "a"],
  ["prompt_cache_key", { prompt_cache_key: "a" }, "a"],
  ["safety_identifier", { safety_identifier: "a" }, "a"],
  ["user", { user: "a" }, "a"],
];
for (const [rank, [name, fields, id]] of bodies.entries()) {
  test(`the field ${name} names a session, after those that are surer`, () => {
    assert.deepEqual(sessionOfFields(fields), { id, root: id });
    const worse = Object.assign({}, ...bodies.slice(rank + 1).map(([, other]) => other)) as Record<string, unknown>;
    assert.equal(sessionOfFields({ ...worse, ...fields })?.id, id);
  });
}

test("what is no id names no session", () => {
  for (const fields of [{}, { user: "" }, { user: "  " }, { metadata: "x" }, { metadata: { user_id: "plain" } }, { session_id: 7 }]) {
    assert.equal(sessionOfFields(fields), undefined);
  }
  assert.equal(sessionOfFields({ metadata: { user_id: "{broken" } }), undefined);
});

test("whatever clients send, ids are bounded and nothing is thrown", () => {
  const names = fc.constantFrom("session_id", "metadata", "conversation", "prompt_cache_key", "user");
  const value = fc.oneof(fc.string({ maxLength: 2_000 }), fc.jsonValue(), fc.record({ user_id: fc.anything(), session_id: fc.anything() }));
  fc.assert(
    fc.property(fc.dictionary(names, value), (fields) => {
      const session = sessionOfFields(fields);
      assert.ok(session === undefined || (session.id.length > 0 && session.id.length <= 128));
    }),
  );
});
