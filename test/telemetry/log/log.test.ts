import assert from "node:assert/strict";
import { test } from "node:test";
import { Secrets } from "../../../src/config/secrets/secrets.ts";
import { EventLog } from "../../../src/telemetry/log/event-log.ts";
import { logLines } from "../support/log-lines.ts";

const time = "2026-01-02T03:04:05.006Z";

test("a line is a JSON object with its level, time, kind and message", () => {
  const { log, text } = logLines();
  log.write("warn", { kind: "config", nothing: undefined }, "look");
  assert.equal(text(), `{"level":"warn","time":"${time}","kind":"config","msg":"look"}\n`);
});

test("the quick way for what is JSON already writes the same line, and keeps to the level too", () => {
  const fields = { kind: "access", text: 'a"b\\c\n\u2028\u0001\ud800é', yes: true, number: 0.1, nothing: null } as const;
  const members = JSON.stringify(fields).slice(1, -1);
  const { log, text } = logLines();
  log.write("info", fields, "said\n");
  const plain = text();
  log.writeMembers("info", members, "said\n");
  assert.equal(text(), plain + plain);
  const silent = logLines("warn");
  silent.log.writeMembers("info", members, "");
  assert.equal(silent.text(), "");
});

test("below its level nothing is written", () => {
  const { log, take } = logLines("warn");
  for (const level of ["debug", "info", "warn", "error"] as const) log.write(level, { kind: "config" }, level);
  assert.deepEqual(
    take().map((line) => line["msg"]),
    ["warn", "error"],
  );
  const silent = logLines("silent");
  silent.log.write("error", { kind: "config" }, "x");
  assert.equal(silent.text(), "");
});

test("secrets are masked wherever they stand: known ones, those that look like one, and fields that are named so", () => {
  const secret = 'p"a$s.w(o)rd+\\1';
  const { log, take, text } = logLines("info", [secret, "master-key-1"]);
  const headers = { authorization: "Bearer abc", "x-api-key": "abc", "api-key": "abc", accept: "*/*" };
  log.write(
    "info",
    { kind: "config", note: `<${secret}>`, deep: { list: ["master-key-1"], headers } },
    `m master-key-1 ${secret} sk-12345678abc`,
  );
  const [line] = take();
  assert.deepEqual(line?.["note"], "<***>");
  assert.deepEqual(line["deep"], { list: ["***"], headers: "***" });
  assert.equal(line["msg"], "m *** *** ***");
  log.write("info", { kind: "config", ...headers }, "");
  assert.deepEqual(take()[0], {
    level: "info",
    time,
    kind: "config",
    authorization: "***",
    "x-api-key": "***",
    "api-key": "***",
    accept: "*/*",
    msg: "",
  });
  assert.ok(!text().includes("master-key-1"));
});

test("over a reload the secrets of both configurations are known, also where a text was clean before", () => {
  const { log, take } = logLines("info", ["first-secret"]);
  const say = (): unknown => {
    log.write("info", { kind: "config", a: "first-secret", b: "second-secret" }, "");
    const [line] = take();
    return [line?.["a"], line?.["b"]];
  };
  assert.deepEqual(say(), ["***", "second-secret"]);
  const next = new Secrets();
  next.remember("second-secret");
  log.hide(next);
  assert.deepEqual(say(), ["***", "***"]);
});

test("the lines that tell of other things than calls", () => {
  const { log, take } = logLines("info", ["top-secret"]);
  const events = new EventLog(log);
  events.refused({ inboundProtocol: "grpc", code: "invalid_request", callId: "c", address: "10.0.0.1" });
  // Of these, only the line that knows why.
  events.refused({ inboundProtocol: "grpc", code: "unauthenticated", callId: "c", address: "10.0.0.1" });
  events.keyRefused({ inboundProtocol: "grpc", address: "10.0.0.1", reason: "expired", keyName: "team", detail: undefined });
  events.audited({ at: 0, who: "master key", what: "SetWeights", before: "a=1", after: "a=2", etag: "7" });
  const none = { addedIds: [], removedIds: [], changedIds: [], settings: [], problems: [], warnings: [] };
  events.reloaded({ ...none, ok: true, addedIds: ["a"] }, "SIGHUP");
  events.reloaded({ ...none, ok: false }, "SIGHUP");
  events.failed(new Error("it broke with top-secret", { cause: new TypeError("deep") }));
  const [refused, keyRefused, audited, good, bad, failed] = take();
  assert.deepEqual(refused, {
    level: "info",
    time,
    kind: "refused",
    call_id: "c",
    door: "grpc",
    code: "invalid_request",
    address: "10.0.0.1",
    msg: "request refused",
  });
  assert.deepEqual(keyRefused, {
    level: "info",
    time,
    kind: "refused",
    code: "unauthenticated",
    door: "grpc",
    address: "10.0.0.1",
    reason: "expired",
    key_name: "team",
    msg: "key refused",
  });
  assert.deepEqual(audited, {
    level: "info",
    time,
    kind: "audit",
    changed_at: "1970-01-01T00:00:00.000Z",
    who: "master key",
    what: "SetWeights",
    before: "a=1",
    after: "a=2",
    etag: "7",
    msg: "configuration changed",
  });
  assert.deepEqual([good?.["level"], good?.["added_ids"]], ["info", ["a"]]);
  assert.deepEqual([bad?.["level"], bad?.["ok"]], ["error", false]);
  assert.match(String(failed?.["error"]), /^Error: it broke with \*\*\*\n +at .*caused by TypeError: deep\n +at /s);
});
