import assert from "node:assert/strict";
import { test } from "node:test";
import type { CallerKey } from "../../src/core/caller-key.ts";
import { RouterError } from "../../src/core/errors.ts";
import { wantsTrace, withCallHeaders } from "../../src/inbound/call-headers.ts";
import { callOf } from "../support/core-fixture.ts";

const call = callOf({ numRetries: 7, timeoutMs: 70_000, tags: ["body"] });

function read(headers: Readonly<Record<string, string>>): ReturnType<typeof withCallHeaders> {
  return withCallHeaders(
    call,
    (name) => headers[name],
    () => Object.keys(headers),
  );
}

test("a call without such headers stays as it is", () => {
  assert.equal(read({ "x-other": "1" }), call);
});

test("headers by either name win over the body; tags are added to it", () => {
  for (const prefix of ["x-huntgroup-", "x-litellm-"]) {
    const headers = {
      [`${prefix}num-retries`]: "0",
      [`${prefix}timeout`]: "1.5",
      [`${prefix}stream-timeout`]: "2",
      [`${prefix}keepalive-seconds`]: "0",
      [`${prefix}tags`]: "a, b,,!c",
    };
    const changed = read(headers);
    assert.ok(!(changed instanceof RouterError));
    assert.deepEqual(
      [changed.numRetries, changed.timeoutMs, changed.streamTimeoutMs, changed.keepaliveMs, changed.tags],
      [0, 1_500, 2_000, 0, ["body", "a", "b", "!c"]],
    );
  }
});

for (const [name, value] of [
  ["num-retries", "1.5"],
  ["num-retries", "-1"],
  ["num-retries", ""],
  ["timeout", "0"],
  ["timeout", "soon"],
  ["stream-timeout", "-2"],
  ["keepalive-seconds", "-1"],
  ["timeout", "Infinity"],
] as const) {
  test(`${name}: ${JSON.stringify(value)} is refused with what is allowed`, () => {
    const refused = read({ [`x-huntgroup-${name}`]: value });
    assert.ok(refused instanceof RouterError);
    assert.match(refused.message, new RegExp(`x-huntgroup-${name} is .*; it must be a`));
  });
}

test("the session that headers name counts before the body's, and a key is the tenant whatever they say", () => {
  const headers = { "x-claude-code-session-id": "main", "x-claude-code-agent-id": "a7" };
  for (const [caller, tenant] of [
    [undefined, "main"],
    [{ name: "team" } as CallerKey, "team"],
  ] as const) {
    const read = withCallHeaders(
      callOf({ caller, session: "body", tenant: caller?.name ?? "body" }),
      (name) => new Map(Object.entries(headers)).get(name),
      () => Object.keys(headers),
    );
    assert.ok(!(read instanceof RouterError));
    assert.deepEqual([read.session, read.tenant], ["main/a7", tenant]);
  }
});

test("a trace is given to who asks for it", () => {
  assert.equal(
    wantsTrace((name) => (name === "x-huntgroup-debug" ? "true" : undefined)),
    true,
  );
  assert.equal(
    wantsTrace(() => undefined),
    false,
  );
});
