import assert from "node:assert/strict";
import { once } from "node:events";
import { request as http1Request, type IncomingMessage } from "node:http";
import { connect as http2Connect } from "node:http2";
import { test } from "node:test";
import { createCors } from "../../src/inbound/cors.ts";
import { RouterError } from "../../src/core/errors.ts";
import type { StreamEvent } from "../../src/core/provider.ts";
import { FakeClock } from "../support/fake-clock.ts";
import { ask, errorOf, rawConnection, type HttpAnswer, type HttpVersion } from "../support/http-client.ts";
import { listeningRest } from "../support/rest-fixture.ts";
import { event, ScriptedRouter } from "../support/scripted-router.ts";

const nextTurn = () => new Promise<void>((resolve) => setImmediate(resolve));
const versions: readonly HttpVersion[] = ["http1", "http2"];
const json = { "content-type": "application/json" };
const chat = { method: "POST", path: "/v1/chat/completions", headers: json, body: JSON.stringify({ model: "gpt-4", messages: [] }) };
const chatStream = { ...chat, body: JSON.stringify({ model: "gpt-4", messages: [], stream: true }) };
const doneEvent: StreamEvent = {
  kind: "done",
  format: "openai",
  bytes: Buffer.from("data: [DONE]\n\n"),
  data: undefined,
  usage: undefined,
  error: undefined,
};
const hello = new ScriptedRouter({ kind: "reply", body: { hello: "there" } });

function litellmHeaders({ headers }: HttpAnswer): object {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => name.startsWith("x-litellm-")));
}

for (const version of versions) {
  test(`${version}: a unary call is answered with the reply as it came and the way that it took`, async () => {
    const router = new ScriptedRouter({ kind: "reply", body: { id: 1 } });
    await using rest = await listeningRest(router);
    const answer = await ask(rest.port, version, chat);
    assert.equal(answer.status, 200);
    assert.equal(answer.text, '{"id":1}');
    assert.equal(answer.headers["content-type"], "application/json");
    assert.equal(answer.headers["content-length"], "8");
    assert.equal(answer.headers["x-huntgroup-model-id"], "deployment-1");
    assert.equal(answer.headers["x-huntgroup-model-group"], "gpt-4");
    assert.equal(answer.headers["x-huntgroup-attempted-retries"], "1");
    assert.equal(answer.headers["x-huntgroup-attempted-fallbacks"], "0");
    assert.equal(answer.headers["x-huntgroup-overhead-duration-ms"], "1.500");
    assert.equal(answer.headers["x-huntgroup-call-id"], "call-1");
    assert.deepEqual(litellmHeaders(answer), {
      "x-litellm-call-id": "call-1",
      "x-litellm-model-id": "deployment-1",
      "x-litellm-attempted-retries": "1",
      "x-litellm-attempted-fallbacks": "0",
    });
    assert.equal(router.calls[0]?.id, "call-1");
    assert.equal(router.calls[0]?.endpoint, "chat");
  });

  test(`${version}: paths that clients make of a base URL that does not fit are answered as the plain ones`, async () => {
    await using rest = await listeningRest(hello);
    for (const path of ["//v1/chat/completions", "/v1//chat/completions/", "/v1/v1/chat/completions?a=b", "/openai/v1/chat/completions"]) {
      assert.equal((await ask(rest.port, version, { ...chat, path })).text, '{"hello":"there"}', path);
    }
    for (const path of ["//v1/models", "/openai/models", "/v1/models/"]) {
      assert.equal((await ask(rest.port, version, { path })).status, 200, path);
    }
  });

  test(`${version}: a stream is passed on event by event and ends with the mark exactly once`, async () => {
    for (const events of [
      [event({ n: 1 }), event({ n: 2 })],
      [event({ n: 1 }), event({ n: 2 }), doneEvent],
    ]) {
      await using rest = await listeningRest(new ScriptedRouter({ kind: "stream", events, end: "end" }));
      const answer = await ask(rest.port, version, chatStream);
      assert.equal(answer.status, 200);
      assert.match(answer.headers["content-type"] ?? "", /^text\/event-stream/);
      assert.equal(answer.headers["cache-control"], "no-cache");
      assert.equal(answer.headers["x-accel-buffering"], "no");
      assert.equal(answer.text, 'data: {"n":1}\n\ndata: {"n":2}\n\ndata: [DONE]\n\n');
    }
  });

  test(`${version}: a stream that breaks ends with an error event and without the mark`, async () => {
    const end = new RouterError("stream_interrupted", "The stream broke.");
    await using rest = await listeningRest(new ScriptedRouter({ kind: "stream", events: [event({ n: 1 })], end }));
    const answer = await ask(rest.port, version, chatStream);
    assert.equal(answer.status, 200);
    const events = answer.text.trimEnd().split("\n\n");
    assert.equal(events.length, 2);
    const last = JSON.parse(events[1]!.slice("data: ".length)) as { error: { message: string; code: string } };
    assert.equal(last.error.message, "The stream broke.");
    assert.equal(last.error.code, "stream_interrupted");
  });

  test(`${version}: a call that fails before its stream began gets a status, an error object and the time to wait`, async () => {
    const error = new RouterError("no_capacity", "All lines are busy.", { retryAfterMs: 1_200 });
    await using rest = await listeningRest(new ScriptedRouter({ kind: "failure", error }));
    const answer = await ask(rest.port, version, chatStream);
    assert.equal(answer.status, 429);
    assert.equal(answer.headers["retry-after"], "2");
    assert.equal(answer.headers["retry-after-ms"], "1200");
    assert.equal(answer.headers["x-huntgroup-attempted-retries"], "1");
    assert.deepEqual(errorOf(answer), { message: "All lines are busy.", type: "rate_limit_error", param: null, code: "no_capacity" });
  });

  test(`${version}: a caller that hangs up cancels its call, before the reply and in the middle of a stream`, async () => {
    const scripts = [{ kind: "hang" }, { kind: "stream", events: [event({ n: 1 })], end: "hang" }] as const;
    for (const script of scripts) {
      const router = new ScriptedRouter(script);
      await using rest = await listeningRest(router);
      const cancelled = router.nextCancel();
      const hangUp = await begin(version, rest.port, chatStream.body, script.kind === "stream" ? "answer" : "request", router);
      hangUp();
      await cancelled;
      assert.equal(router.cancelled.length, 1);
    }
  });

  test(`${version}: a caller that was answered cancels nothing`, async () => {
    const router = new ScriptedRouter({ kind: "reply", body: {} });
    await using rest = await listeningRest(router);
    await ask(rest.port, version, chat);
    assert.equal(router.cancelled.length, 0);
  });

  test(`${version}: a slow reader pauses its stream, and gets all of it in order`, async () => {
    const events = Array.from({ length: 400 }, (_, n) => event({ n, filler: "x".repeat(20_000) }));
    const router = new ScriptedRouter({ kind: "stream", events, end: "end" });
    await using rest = await listeningRest(router);
    const answer = await ask(rest.port, version, chatStream);
    assert.ok(router.pauses > 0, "the stream was never paused");
    const numbers = [...answer.text.matchAll(/"n":(\d+)/g)].map((match) => Number(match[1]));
    assert.deepEqual(
      numbers,
      events.map((_, n) => n),
    );
  });

  test(`${version}: a body whose declared length is over the limit is refused before any of it was sent`, async () => {
    await using rest = await listeningRest(hello, { maxBodyBytes: 1_000 });
    const answer = await askWithoutBody(version, rest.port, { "content-length": "1001" });
    assert.equal(answer.status, 413);
    assert.match(answer.text, /1001 bytes.*at most 1000 bytes/);
  });

  test(`${version}: a body of unknown length is refused as soon as it is over the limit`, async () => {
    const router = new ScriptedRouter({ kind: "reply", body: {} });
    await using rest = await listeningRest(router, { maxBodyBytes: 1_000 });
    const answer = await askWithoutBody(
      version,
      rest.port,
      version === "http1" ? { "transfer-encoding": "chunked" } : {},
      "x".repeat(1_001),
    );
    assert.equal(answer.status, 413);
    assert.equal(router.calls.length, 0);
  });

  test(`${version}: a body of exactly the limit is taken`, async () => {
    await using rest = await listeningRest(hello, { maxBodyBytes: chat.body.length });
    assert.equal((await ask(rest.port, version, chat)).status, 200);
    assert.equal((await ask(rest.port, version, { ...chat, body: `${chat.body} ` })).status, 413);
  });

  test(`${version}: a body in many pieces is put together`, async () => {
    const router = new ScriptedRouter({ kind: "reply", body: {} });
    await using rest = await listeningRest(router);
    const filler = "x".repeat(500_000);
    const answer = await ask(rest.port, version, { ...chat, body: JSON.stringify({ model: "gpt-4", messages: [], filler }) });
    assert.equal(answer.status, 200);
    assert.equal((JSON.parse(router.calls[0]!.body.bytes.toString()) as { filler: string }).filler, filler);
  });

  test(`${version}: HEAD gives the headers of GET and no body`, async () => {
    await using rest = await listeningRest(hello);
    const get = await ask(rest.port, version, { path: "/v1/models" });
    const head = await ask(rest.port, version, { path: "/v1/models", method: "HEAD" });
    assert.equal(head.status, 200);
    assert.equal(head.headers["content-length"], get.headers["content-length"]);
    assert.equal(head.text, "");
  });

  test(`${version}: a failure within one request is a 500 without details, is reported, and harms no other`, async () => {
    const router = new ScriptedRouter({ kind: "reply", body: {} });
    const failure = new Error("a secret detail");
    const start = router.start.bind(router);
    router.start = (call, sink) => {
      if (call.model === "broken") throw failure;
      return start(call, sink);
    };
    await using rest = await listeningRest(router);
    const [broken, fine] = await Promise.all([
      ask(rest.port, version, { ...chat, body: JSON.stringify({ model: "broken", messages: [] }) }),
      ask(rest.port, version, chat),
    ]);
    assert.equal(broken.status, 500);
    assert.equal(errorOf(broken).code, "internal");
    assert.doesNotMatch(broken.text, /secret/);
    assert.deepEqual(rest.internalErrors, [failure]);
    assert.equal(fine.status, 200);
  });
}

test("the model in the path wins over the body's", async () => {
  const router = new ScriptedRouter({ kind: "reply", body: {} });
  await using rest = await listeningRest(router);
  await ask(rest.port, "http1", { ...chat, path: "/openai/deployments/azure%2Fgpt-4/chat/completions?api-version=2024-06-01" });
  assert.equal(router.calls[0]?.model, "azure/gpt-4");
});

test("malformed JSON is a 400 that says where", async () => {
  await using rest = await listeningRest(hello);
  const answer = await ask(rest.port, "http1", { ...chat, body: '{"model": }' });
  assert.equal(answer.status, 400);
  assert.match(errorOf(answer).message, /line 1, column \d+/);
});

test("an unknown path is a 404 that names the known ones", async () => {
  await using rest = await listeningRest(hello);
  const answer = await ask(rest.port, "http1", { ...chat, path: "/v1/chat/completion" });
  assert.equal(answer.status, 404);
  assert.match(errorOf(answer).message, /\/v1\/chat\/completion\..*\/v1\/chat\/completions/);
});

for (const path of ["/v1/chat/completion", "/v1/audio/song", "/v1/images/paint", "/openai/nothing"])
  test(`the 404 of ${path} has OpenAI's code for a path, and none that means a missing model`, async () => {
    await using rest = await listeningRest(hello);
    const answer = await ask(rest.port, "http1", { ...chat, path });
    assert.equal(answer.status, 404);
    const { type, code } = errorOf(answer);
    assert.deepEqual({ type, code }, { type: "invalid_request_error", code: "unknown_url" });
  });

for (const path of ["/v1/realtime", "/openai/v1/realtime/"])
  test(`a request for ${path} that is no WebSocket's is told so, as behind a proxy that passes none on`, async () => {
    await using rest = await listeningRest(hello);
    const answer = await ask(rest.port, "http1", { ...chat, method: "GET", path });
    assert.equal(answer.status, 404);
    assert.match(errorOf(answer).message, /is served over WebSocket, by HTTP\/1\.1: the request came without "upgrade: websocket"/);
  });

test("failures tell LiteLLM's headers too, and what the key has spent", async () => {
  const route = { costUsd: 0.25, keySpendUsd: 12.5 };
  await using rest = await listeningRest(new ScriptedRouter({ kind: "failure", error: new RouterError("upstream_error", "No.") }, route));
  assert.deepEqual(litellmHeaders(await ask(rest.port, "http1", chat)), {
    "x-litellm-call-id": "call-1",
    "x-litellm-model-id": "deployment-1",
    "x-litellm-attempted-retries": "1",
    "x-litellm-attempted-fallbacks": "0",
    "x-litellm-response-cost": "0.25",
    "x-litellm-key-spend": "12.5",
  });
});

for (const [method, path, allow] of [
  ["GET", "/v1/chat/completions", "POST"],
  ["DELETE", "/v1/models/gpt-4", "GET, HEAD"],
  ["POST", "/health/liveliness", "GET, HEAD"],
] as const) {
  test(`${method} ${path} is a 405 that allows ${allow}`, async () => {
    await using rest = await listeningRest(hello);
    const answer = await ask(rest.port, "http1", { method, path });
    assert.equal(answer.status, 405);
    assert.equal(answer.headers.allow, allow);
    assert.match(errorOf(answer).message, new RegExp(`use ${allow}`));
  });
}

test("a page is a 415 that names JSON", async () => {
  await using rest = await listeningRest(hello);
  const answer = await ask(rest.port, "http1", { ...chat, headers: { "content-type": "text/html" } });
  assert.equal(answer.status, 415);
  assert.match(errorOf(answer).message, /application\/json/);
});

test("what a plain curl -d sends is taken", async () => {
  await using rest = await listeningRest(hello);
  const headers = { "content-type": "application/x-www-form-urlencoded" };
  assert.equal((await ask(rest.port, "http1", { ...chat, headers })).status, 200);
  assert.equal((await ask(rest.port, "http1", { ...chat, headers: { ...headers, origin: "https://evil.example" } })).status, 415);
});

test("a text body is taken from a program and from the pages of allowed origins, not from others", async () => {
  await using rest = await listeningRest(hello, { cors: createCors(["https://mine.example"]) });
  const statusWith = async (headers: Record<string, string>) =>
    (await ask(rest.port, "http1", { ...chat, headers: { "content-type": "text/plain", ...headers } })).status;
  assert.equal(await statusWith({}), 200);
  assert.equal(await statusWith({ origin: "https://mine.example" }), 200);
  assert.equal(await statusWith({ origin: "https://other.example" }), 415);
});

test("models are listed in OpenAI's shape, and found one by one", async () => {
  await using rest = await listeningRest(hello);
  for (const path of ["/models", "/v1/models"]) {
    const list = JSON.parse((await ask(rest.port, "http1", { path })).text) as { object: string; data: Record<string, unknown>[] };
    assert.equal(list.object, "list");
    assert.equal(list.data.length, 1);
    assert.deepEqual({ ...list.data[0], created: 0 }, { id: "gpt-4", object: "model", created: 0, owned_by: "huntgroup" });
    assert.ok(Number.isInteger(list.data[0]?.["created"]));
  }
  const one = await ask(rest.port, "http1", { path: "/v1/models/gpt-4" });
  assert.equal((JSON.parse(one.text) as { id: string }).id, "gpt-4");
  const none = await ask(rest.port, "http1", { path: "/v1/models/gpt-5" });
  assert.equal(none.status, 404);
  assert.equal(errorOf(none).code, "model_not_found");
  assert.match(errorOf(none).message, /gpt-5/);
});

test("the root tells a newcomer what is here, without a key", async () => {
  await using rest = await listeningRest(hello, { masterKey: "sk-right" });
  const answer = await ask(rest.port, "http1", { path: "/" });
  assert.equal(answer.status, 200);
  assert.match((JSON.parse(answer.text) as { rest: string }).rest, /POST \/v1\/chat\/completions/);
});

test("liveness and readiness need no key, and readiness follows the server's state", async () => {
  let ready = true;
  await using rest = await listeningRest(hello, { masterKey: "sk-right", isReady: () => ready });
  for (const path of ["/health/liveliness", "/health/liveness"]) {
    const answer = await ask(rest.port, "http1", { path });
    assert.equal(answer.status, 200);
    assert.equal(JSON.parse(answer.text), "I'm alive!");
  }
  assert.equal((await ask(rest.port, "http1", { path: "/health/readiness" })).status, 200);
  ready = false;
  const answer = await ask(rest.port, "http1", { path: "/health/readiness" });
  assert.equal(answer.status, 503);
  assert.deepEqual(JSON.parse(answer.text), { status: "not_ready" });
});

test("with a master key, calls and models need it", async () => {
  const router = new ScriptedRouter({ kind: "reply", body: {} });
  await using rest = await listeningRest(router, { masterKey: "sk-right" });
  for (const question of [chat, { path: "/v1/models", headers: {} }, { path: "/v1/models/gpt-4", headers: {} }]) {
    const without = await ask(rest.port, "http1", question);
    assert.equal(without.status, 401);
    assert.equal(without.headers["www-authenticate"], "Bearer");
    assert.equal(errorOf(without).type, "authentication_error");
    const wrong = await ask(rest.port, "http1", { ...question, headers: { ...question.headers, authorization: "Bearer sk-wrong" } });
    assert.equal(wrong.status, 401);
    assert.doesNotMatch(wrong.text, /sk-/);
    const right = await ask(rest.port, "http1", { ...question, headers: { ...question.headers, authorization: "Bearer sk-right" } });
    assert.equal(right.status, 200);
  }
  assert.equal(router.calls.length, 1);
});

test("a caller's own request id is kept on replies and on errors", async () => {
  await using rest = await listeningRest(hello);
  for (const path of ["/v1/chat/completions", "/nowhere"]) {
    const answer = await ask(rest.port, "http1", { ...chat, path, headers: { ...json, "x-request-id": "mine-1" } });
    assert.equal(answer.headers["x-request-id"], "mine-1");
    assert.equal(answer.headers["x-huntgroup-call-id"], "mine-1");
  }
});

test("web pages may call when their origin is allowed, and get nothing to go by when it is not", async () => {
  const preflight = { method: "OPTIONS", path: "/v1/chat/completions" };
  const asking = { "access-control-request-method": "POST", "access-control-request-headers": "authorization,content-type" };
  await using open = await listeningRest(hello, { cors: createCors(["https://mine.example"]) });
  const allowed = await ask(open.port, "http1", { ...preflight, headers: { ...asking, origin: "https://mine.example" } });
  assert.equal(allowed.status, 204);
  assert.equal(allowed.headers["access-control-allow-origin"], "https://mine.example");
  assert.match(String(allowed.headers["access-control-allow-headers"]), /authorization/);
  const reply = await ask(open.port, "http1", { ...chat, headers: { ...json, origin: "https://mine.example" } });
  assert.equal(reply.headers["access-control-allow-origin"], "https://mine.example");
  const other = await ask(open.port, "http1", { ...preflight, headers: { ...asking, origin: "https://other.example" } });
  assert.equal(other.headers["access-control-allow-origin"], undefined);
  await using closed = await listeningRest(hello);
  const refused = await ask(closed.port, "http1", { ...preflight, headers: { ...asking, origin: "https://mine.example" } });
  assert.equal(refused.headers["access-control-allow-origin"], undefined);
});

test("who asks before sending a body is invited when it will be taken, and refused without it when not", async () => {
  await using rest = await listeningRest(hello, { maxBodyBytes: 1_000 });
  const taken = await rawConnection(rest.port);
  taken.socket.write(askingHead("1.1", chat.body.length));
  await taken.until(/^HTTP\/1\.1 100 Continue\r\n\r\n/);
  taken.socket.write(chat.body);
  await taken.until(/HTTP\/1\.1 200 OK[^]*there/);
  taken.socket.destroy();
  const refused = await rawConnection(rest.port);
  refused.socket.write(askingHead("1.1", 1_001));
  const answer = await refused.until(/\r\n\r\n\{.*\}/);
  assert.match(answer, /^HTTP\/1\.1 413 /);
  assert.match(answer, /connection: close/i);
  refused.socket.destroy();
});

for (const [length, header] of [
  ["known", "content-length: 5000015"],
  ["unknown", "transfer-encoding: chunked"],
] as const) {
  test(`a client that sends all of a too large body of ${length} length before it reads gets the refusal, not a broken connection`, async () => {
    const clock = new FakeClock();
    const router = new ScriptedRouter({ kind: "reply", body: {} });
    await using rest = await listeningRest(router, { maxBodyBytes: 1_000, clock });
    const upload = await rawConnection(rest.port);
    upload.socket.pause();
    upload.socket.write(`POST /v1/chat/completions HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n${header}\r\n\r\n`);
    // One chunk and the end of all where there are chunks, else 5000015 bytes of no meaning.
    const body = Buffer.concat([Buffer.from("4c4b40\r\n"), Buffer.alloc(5_000_000, "x"), Buffer.from("\r\n0\r\n\r\n")]);
    await new Promise((resolve) => upload.socket.write(body, resolve));
    upload.socket.resume();
    const answer = await upload.closed();
    assert.match(answer, /^HTTP\/1\.1 413 [^]*connection: close[^]*"request_too_large"[^]*\}$/i);
    assert.equal(router.calls.length, 0);
    assert.deepEqual(rest.internalErrors, []);
    assert.equal(clock.pending, 0);
  });
}

test("a client that goes on sending what was refused is cut off", async () => {
  const clock = new FakeClock();
  await using rest = await listeningRest(hello, { maxBodyBytes: 1_000, clock });
  const upload = await rawConnection(rest.port);
  upload.socket.write(
    "POST /v1/chat/completions HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 40000000\r\n\r\n",
  );
  await upload.until(/413[^]*\}$/);
  clock.advance(2_000);
  await upload.closed();
});

test("http2: a client that goes on sending what was refused is told to stop", async () => {
  await using rest = await listeningRest(hello, { maxBodyBytes: 1_000 });
  const session = http2Connect(`http://127.0.0.1:${rest.port}`);
  const stream = session.request({ ":method": "POST", ":path": chat.path, ...json });
  stream.resume();
  stream.write("x".repeat(1_001));
  await once(stream, "close");
  assert.equal(stream.rstCode, 0);
  session.close();
});

test("a small refused body does not cost its connection", async () => {
  await using rest = await listeningRest(hello);
  const connection = await rawConnection(rest.port);
  connection.socket.write("POST /nowhere HTTP/1.1\r\nhost: x\r\ncontent-length: 5\r\n\r\nhello");
  connection.socket.write("GET /health/liveness HTTP/1.1\r\nhost: x\r\n\r\n");
  assert.match(await connection.until(/alive/), /^HTTP\/1\.1 404 [^]*HTTP\/1\.1 200 /);
  connection.socket.destroy();
});

test("HTTP/1.0 knows no asking first: it gets the answer only", async () => {
  await using rest = await listeningRest(hello);
  const connection = await rawConnection(rest.port);
  connection.socket.write(askingHead("1.0", chat.body.length) + chat.body);
  assert.match(await connection.closed(), /^HTTP\/1\.1 200 OK[^]*there/);
});

test("http2: 500 streams at once on one connection get all of their events, in order, and no other's", async () => {
  const router = new ScriptedRouter({ kind: "hang" });
  const start = router.start.bind(router);
  router.start = (call, sink) => {
    router.script = { kind: "stream", events: Array.from({ length: 20 }, (_, n) => event({ call: call.id, n })), end: "end" };
    return start(call, sink);
  };
  await using rest = await listeningRest(router);
  const session = http2Connect(`http://127.0.0.1:${rest.port}`);
  await Promise.all(
    Array.from({ length: 500 }, async (_, caller) => {
      const stream = session.request({ ":method": "POST", ":path": chat.path, ...json, "x-request-id": `caller-${caller}` });
      stream.end(chatStream.body);
      stream.setEncoding("utf8");
      let text = "";
      for await (const chunk of stream) text += chunk as string;
      const expected = Array.from({ length: 20 }, (_event, n) => `data: {"call":"caller-${caller}","n":${n}}\n\n`).join("");
      assert.equal(text, `${expected}data: [DONE]\n\n`);
    }),
  );
  // The clients have seen their ends; the server sees its own a moment later, or this never ends.
  while (rest.server.openRequests > 0) await nextTurn();
  session.close();
});

/** A request's headers, asking before the body is sent. */
function askingHead(version: "1.0" | "1.1", bytes: number): string {
  return (
    `POST /v1/chat/completions HTTP/${version}\r\nhost: x\r\ncontent-type: application/json\r\n` +
    `expect: 100-continue\r\ncontent-length: ${bytes}\r\n\r\n`
  );
}

/** Sends a request whose answer is not waited for; returns what hangs up. */
async function begin(
  version: HttpVersion,
  port: number,
  body: string,
  waitFor: "request" | "answer",
  router: ScriptedRouter,
): Promise<() => void> {
  const { path, method } = chat;
  const arrived = async () => {
    while (router.calls.length === 0) await nextTurn();
  };
  if (version === "http1") {
    const request = http1Request({ host: "127.0.0.1", port, method, path, headers: json, agent: false });
    request.on("error", () => undefined);
    request.end(body);
    await (waitFor === "answer" ? once(request, "response") : arrived());
    return () => request.destroy();
  }
  const session = http2Connect(`http://127.0.0.1:${port}`);
  session.on("error", () => undefined);
  const stream = session.request({ ":method": method, ":path": path, ...json });
  stream.on("error", () => undefined);
  stream.end(body);
  await (waitFor === "answer" ? once(stream, "response") : arrived());
  return () => session.destroy();
}

/** Sends headers that promise a body, and only this much of it. */
async function askWithoutBody(
  version: HttpVersion,
  port: number,
  headers: Record<string, string>,
  part = "",
): Promise<{ status: number; text: string }> {
  const { path, method } = chat;
  let text = "";
  if (version === "http1") {
    const request = http1Request({ host: "127.0.0.1", port, method, path, headers: { ...json, ...headers }, agent: false });
    request.on("error", () => undefined);
    request.flushHeaders();
    request.write(part);
    const [response] = (await once(request, "response")) as [IncomingMessage];
    response.setEncoding("utf8");
    for await (const chunk of response) text += chunk as string;
    request.destroy();
    return { status: response.statusCode ?? 0, text };
  }
  const session = http2Connect(`http://127.0.0.1:${port}`);
  session.on("error", () => undefined);
  const stream = session.request({ ":method": method, ":path": path, ...json, ...headers });
  stream.on("error", () => undefined);
  stream.setEncoding("utf8");
  stream.on("data", (chunk: string) => (text += chunk));
  if (part !== "") stream.write(part);
  const [answer] = (await once(stream, "response")) as [{ ":status"?: number }];
  await once(stream, "end");
  session.destroy();
  return { status: answer[":status"] ?? 0, text };
}
