import assert from "node:assert/strict";
import { test } from "node:test";
import type { Call } from "../../../src/core/call.ts";
import { RouterError } from "../../../src/core/errors.ts";
import type { CallerFormat, CallMethod } from "../../../src/core/format.ts";
import { findKeptCall } from "../../../src/formats/responses/caller/kept-routes.ts";
import { AnswerIds } from "../../../src/formats/responses/caller/own-ids.ts";
import { readKeptCall } from "../../../src/formats/responses/caller/read-kept-call.ts";
import { openAi } from "../../../src/formats/openai/index.ts";
import { callerKeyOf } from "../../support/caller-key-of.ts";
import { testIds } from "./support.ts";

const caller: CallerFormat = openAi.caller;
const ids = new AnswerIds(testIds, "d", { model: "m", caller: callerKeyOf("k") });
const other = new AnswerIds(testIds, "d", { model: "m", caller: callerKeyOf("other") });
const elsewhere = new AnswerIds(testIds, "e", { model: "m", caller: callerKeyOf("k") });

/** What a request becomes, or what is wrong with it. */
function read(
  method: CallMethod,
  url: string,
  body?: object,
  headers: Readonly<Record<string, string>> = {},
  endpoints?: readonly string[],
): Call | RouterError {
  const [path = "", query] = url.split("?");
  const route = findKeptCall(path, method, caller);
  assert.ok(route?.methods?.includes(method) === true, `${method} ${path}`);
  const key = callerKeyOf("k", endpoints === undefined ? {} : { endpoints: new Set(endpoints) });
  const result = readKeptCall(body === undefined ? [] : Buffer.from(JSON.stringify(body)), {
    endpoint: route.endpoint,
    operation: route.operation,
    pathModel: undefined,
    callId: "1",
    inboundProtocol: "rest",
    caller: key,
    traceContext: undefined,
    now: 0,
    http: { method, query: query === undefined ? "" : `?${query}`, kept: route.kept, ids: testIds },
    headers,
  });
  return result.ok ? result.value : result.error;
}

const [response, conversation, item] = [ids.seal("resp_1"), ids.seal("conv_1"), ids.seal("msg_1")];

for (const [method, url, path] of [
  ["GET", `/v1/responses/${response}`, "/responses/resp_1"],
  ["GET", `/responses/${response}?include[]=a&stream=true`, "/responses/resp_1?include[]=a&stream=true"],
  ["DELETE", `/v1/responses/${response}`, "/responses/resp_1"],
  ["POST", `/v1/responses/${response}/cancel`, "/responses/resp_1/cancel"],
  ["GET", `/v1/responses/${response}/input_items?limit=2&after=${item}`, "/responses/resp_1/input_items?limit=2&after=msg_1"],
  ["GET", `/v1/conversations/${conversation}`, "/conversations/conv_1"],
  ["POST", `/v1/conversations/${conversation}`, "/conversations/conv_1"],
  ["DELETE", `/v1/conversations/${conversation}`, "/conversations/conv_1"],
  ["GET", `/v1/conversations/${conversation}/items`, "/conversations/conv_1/items"],
  ["POST", `/v1/conversations/${conversation}/items`, "/conversations/conv_1/items"],
  ["DELETE", `/v1/conversations/${conversation}/items/${item}`, "/conversations/conv_1/items/msg_1"],
] as const) {
  test(`${method} ${url.replaceAll(/_1[\w-]{20,}/g, "_SEALED")} asks the deployment that keeps it for ${path}`, () => {
    const call = read(method, url);
    assert.ok(!(call instanceof RouterError), call instanceof RouterError ? call.message : "");
    assert.deepEqual(call.resource, { method, path });
    assert.deepEqual([call.endpoint, call.pinnedTo, call.model, call.answers, call.body.bytes.length], ["kept", "d", "m", 0, 0]);
    assert.equal(call.stream, url.includes("stream=true"));
  });
}

for (const [what, url] of [
  ["another key's response", `/v1/responses/${other.seal("resp_1")}`],
  ["a response that was made up", "/v1/responses/resp_1"],
  ["a response that was changed", `/v1/responses/${response.slice(0, -1)}A`],
  ["a conversation in a response's place", `/v1/responses/${conversation}x`],
  ["an item of another deployment", `/v1/conversations/${conversation}/items/${elsewhere.seal("msg_1")}`],
] as const) {
  test(`${what} is not found`, () => {
    const call = read("GET", url);
    assert.ok(call instanceof RouterError);
    assert.equal(call.code, "not_found");
  });
}

test("a new conversation is kept by a deployment of the model that the body or a header names", () => {
  for (const call of [
    read("POST", "/v1/conversations", { model: "m", metadata: {} }),
    read("POST", "/v1/conversations", undefined, { "x-huntgroup-model": "m" }),
  ]) {
    assert.ok(!(call instanceof RouterError));
    assert.deepEqual([call.model, call.pinnedTo, call.foreign?.onlyNative], ["m", undefined, true]);
    assert.deepEqual(call.resource, { method: "POST", path: "/conversations" });
  }
  const nameless = read("POST", "/v1/conversations", {});
  assert.ok(nameless instanceof RouterError);
  assert.deepEqual([nameless.code, nameless.param], ["invalid_request", "model"]);
});

for (const operation of ["input_tokens", "compact"]) {
  test(`${operation} is routed by its model, and sticks to what it names`, () => {
    const call = read("POST", `/v1/responses/${operation}`, { model: "m", input: "hi", previous_response_id: response });
    assert.ok(!(call instanceof RouterError));
    assert.deepEqual([call.endpoint, call.pinnedTo, call.resource?.path], ["chat", "d", `/responses/${operation}`]);
    assert.equal((JSON.parse(call.body.bytes.toString()) as { previous_response_id: string }).previous_response_id, "resp_1");
  });
}

test("a deployment that has chat alone says which path needs more", () => {
  for (const [path, said] of [
    ["/v1/conversations", "/conversations"],
    ["/v1/responses/input_tokens", "/responses/input_tokens"],
  ] as const) {
    const call = read("POST", path, { model: "m", input: "hi" });
    assert.ok(!(call instanceof RouterError));
    const refusal = call.foreign?.toOpenAi();
    assert.ok(refusal instanceof RouterError && refusal.code === "operation_not_supported");
    assert.match(refusal.message, new RegExp(`^\`${said}\` needs a deployment that has the Responses API`));
  }
});

test("a key that may not chat sees nothing that chats have left", () => {
  const call = read("GET", `/v1/responses/${response}`, undefined, {}, ["files"]);
  assert.ok(call instanceof RouterError && call.code === "permission_denied");
});

test("a path tells which methods it answers, and other paths are none of these", () => {
  assert.deepEqual(findKeptCall("/v1/responses/x", "PUT", caller)?.methods, ["GET", "DELETE"]);
  for (const path of ["/v1/responses", "/v1/responses/x/y", "/v1/chat/completions", "/v1/responses/x/input_items/y"]) {
    assert.equal(findKeptCall(path, "GET", caller), undefined);
  }
});
