import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { request as httpRequest, type IncomingHttpHeaders } from "node:http";
import { after, before, beforeEach, describe, it } from "node:test";
import { loadConfig } from "../../src/config/load/load-config.ts";
import { RouterError } from "../../src/core/errors.ts";
import type { RequestSigner } from "../../src/core/format.ts";
import { Router } from "../../src/core/router/router.ts";
import { callerFormats } from "../../src/formats/index.ts";
import { systemClock } from "../../src/lib/clock.ts";
import { seededRandom } from "../../src/lib/random.ts";
import { createProviderRegistry, providerPlugins } from "../../src/providers/index.ts";
import { strategies } from "../../src/strategies/index.ts";
import { HttpUpstream } from "../../src/upstream/http-upstream.ts";
import { frame, framesCaller, framesOf, framesProvider } from "../support/frames-format.ts";
import { GrpcClient, grpcChat, grpcFailure } from "../support/grpc-client.ts";
import { OpenAiHost } from "../support/openai-host.ts";
import { chatEvents, hostError, hostWords, type HostReply } from "../support/openai-replies.ts";
import { listeningRest, type ListeningServer } from "../support/rest-fixture.ts";
import { listening, type ListeningRpc } from "../support/rpc-fixture.ts";

/**
 * A second wire format through the whole program, from the caller's socket to the deployment's: the configuration, the router, the
 * transport, REST and gRPC. It has other fields, other errors and no server-sent events. Nothing of it stands in `src`.
 */

/** A token that changes, and a signature over the body. */
class TestSigner implements RequestSigner {
  token: string | undefined = "token-1";
  refusals = 0;

  sign: RequestSigner["sign"] = (request) => {
    if (this.token === undefined) return new RouterError("upstream_auth", "There is no token yet.");
    const proof = createHash("sha256").update(this.token).update(Buffer.concat(request.body)).digest("hex");
    return { ...request, headers: { ...request.headers, "x-proof": proof } };
  };

  refused(): void {
    this.refusals++;
  }
}

function onInternalError(error: unknown): void {
  throw error;
}

const signer = new TestSigner();
const secret = "sk-frames-0123456789";
let framesHost: OpenAiHost;
let openAiHost: OpenAiHost;
let rest: ListeningServer;
let rpc: ListeningRpc;
let grpc: GrpcClient;
let destroyUpstream: () => Promise<void>;

function entry(group: string, model: string, order: number): string {
  const host = model.startsWith("frames/") ? framesHost.origin : openAiHost.apiBase;
  return `
  - model_name: ${group}
    litellm_params: {model: ${model}, api_base: "${host}", api_key: ${secret}, order: ${order}, cooldown_time: 0}
    model_info: {id: ${group}-${model.slice(0, 6)}, supports_assistant_prefill: true}`;
}

/** Of one deployment each: `framed`, `plain` (a group is called as the model is named at its host). Of both, in this order: `mixed`, `turned`. */
const config = () => `
model_list:${entry("framed", "frames/framed", 1)}${entry("plain", "openai/plain", 1)}
${entry("mixed", "frames/up", 1)}${entry("mixed", "openai/gpt-up", 2)}
${entry("turned", "openai/gpt-up", 1)}${entry("turned", "frames/up", 2)}
router_settings: {num_retries: 1, retry_after: 0, stream_recovery: continue}
`;

before(async () => {
  [framesHost, openAiHost] = await Promise.all([OpenAiHost.listen(), OpenAiHost.listen()]);
  const loaded = await loadConfig("config.yaml", {
    env: {},
    readFile: (path) => (path === "config.yaml" ? Promise.resolve(config()) : readFile(path, "utf8")),
    skipInvalid: false,
    providers: createProviderRegistry([...providerPlugins, framesProvider(signer)]),
    strategies,
    importStrategy: (path) => import(path),
  });
  assert.ok(loaded.config !== undefined, JSON.stringify(loaded.problems));
  const [clock, random] = [systemClock, seededRandom(1)];
  const upstream = new HttpUpstream({ connectTimeoutMs: loaded.config.source.settings.connectTimeoutMs, clock });
  destroyUpstream = () => upstream.destroy();
  const router = new Router({ source: loaded.config.source, upstream, clock, random, observers: [], onInternalError });
  rest = await listeningRest(router, { formats: [...callerFormats, framesCaller] });
  rpc = await listening(router);
  grpc = new GrpcClient(rpc.http2Port);
});

after(async () => {
  grpc.close();
  await Promise.all([rest[Symbol.asyncDispose](), rpc[Symbol.asyncDispose]()]);
  await destroyUpstream();
  await Promise.all([framesHost.close(), openAiHost.close()]);
});

beforeEach(() => {
  framesHost.reset();
  openAiHost.reset();
  framesHost.always((hit) =>
    hit.path.endsWith("/stream") ? framesStream(goodFrames) : reply({ by: "up", text: "Hi there.", spent: [7, 3] }),
  );
  Object.assign(signer, { token: "token-1", refusals: 0 });
});

const goodFrames = [frame("h"), frame("i", 7), frame("."), frame("t", "Grüß"), frame("t", " dich"), frame("o", 3), frame("z")];

function reply(body: string | object, status = 200): HostReply {
  return { kind: "reply", status, body };
}

function fault(status: number, name: string, more: object = {}): HostReply {
  return reply({ fault: name, why: `it is ${name}`, ...more }, status);
}

/** A stream whose frames are cut anywhere but where they end. */
function framesStream(frames: readonly Buffer[], end: "end" | "cut" = "end"): HostReply {
  const bytes = Buffer.concat(frames);
  const pieces = [];
  for (let at = 0; at < bytes.length; at += 3) pieces.push(bytes.subarray(at, at + 3));
  return { kind: "stream", headers: { "content-type": "application/x-frames" }, pieces, end };
}

interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly bytes: Buffer;
}

function post(path: string, body: string | object, headers: Readonly<Record<string, string>> = {}): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const options = {
      port: rest.port,
      path,
      method: "POST",
      agent: false,
      headers: { "content-type": "application/json", ...headers },
    };
    const request = httpRequest(options, (response) => {
      const chunks: Buffer[] = [];
      response.on("data", (chunk: Buffer) => chunks.push(chunk));
      response.on("end", () => resolve({ status: response.statusCode ?? 0, headers: response.headers, bytes: Buffer.concat(chunks) }));
      response.on("error", reject);
    });
    request.on("error", reject);
    request.end(typeof body === "string" ? body : JSON.stringify(body));
  });
}

function json({ bytes }: Answer): Record<string, unknown> {
  return JSON.parse(bytes.toString()) as Record<string, unknown>;
}

function chat(model: string, more: object = {}): object {
  return { model, messages: [{ role: "user", content: "Hello?" }], ...more };
}

/** What OpenAI's clients read in a stream. */
function chunksOf(answer: Answer): { text: string; finish: string | null; isDone: boolean; ids: unknown[] } {
  const data = answer.bytes
    .toString()
    .split("\n\n")
    .filter((event) => event.startsWith("data: "))
    .map((event) => event.slice(6));
  const chunks = data.filter((one) => one !== "[DONE]").map((one) => JSON.parse(one) as Chunk);
  return {
    text: chunks.map(({ choices }) => choices[0]?.delta.content ?? "").join(""),
    finish: chunks.map(({ choices }) => choices[0]?.finish_reason).findLast((reason) => typeof reason === "string") ?? null,
    isDone: data.at(-1) === "[DONE]",
    ids: [...new Set(chunks.map(({ model }) => model))],
  };
}

interface Chunk {
  readonly model: string;
  readonly choices: readonly { readonly delta: { readonly content?: string }; readonly finish_reason: string | null }[];
}

async function grpcText(model: string): Promise<string> {
  let text = "";
  for await (const chunk of grpc.stream("huntgroup.v1.ChatService/ChatCompletionStream", grpcChat(model, "Hello?")))
    text += (chunk as { choices: { delta: { content?: string } }[] }).choices[0]?.delta.content ?? "";
  return text;
}

describe("a deployment that speaks another format", () => {
  it("answers a REST caller, whose request and reply it never sees", async () => {
    const answer = await post("/v1/chat/completions", chat("framed", { max_tokens: 9, temperature: 1 }));
    assert.equal(answer.status, 200);
    const { choices, model, usage } = json(answer);
    assert.equal(model, "framed");
    assert.deepEqual(choices, [{ index: 0, message: { role: "assistant", content: "Hi there." }, finish_reason: "stop" }]);
    assert.deepEqual(usage, { prompt_tokens: 7, completion_tokens: 3, total_tokens: 10 });
    assert.deepEqual(framesHost.lastHit.json, { to: "framed", say: [["user", "Hello?"]], most: 9 });
    assert.equal(framesHost.lastHit.path, "/ask");
  });

  it("streams to a REST caller: one event of several frames, or none", async () => {
    const answer = await post("/v1/chat/completions", chat("framed", { stream: true }));
    assert.match(answer.headers["content-type"] ?? "", /^text\/event-stream/);
    assert.deepEqual(chunksOf(answer), { text: "Grüß dich", finish: "stop", isDone: true, ids: ["framed"] });
    assert.equal(framesHost.lastHit.path, "/ask/stream");
  });

  it("answers a gRPC caller, whole and as a stream", async () => {
    const response = await grpc.unary("huntgroup.v1.ChatService/ChatCompletion", grpcChat("framed", "Hello?"));
    const [choice] = response["choices"] as { message: { content: string } }[];
    assert.equal(choice?.message.content, "Hi there.");
    assert.equal(await grpcText("framed"), "Grüß dich");
  });

  it("is signed over its body by credentials that change", async () => {
    for (const token of ["token-1", "token-2"]) {
      signer.token = token;
      await post("/v1/chat/completions", chat("framed"));
      const { body, headers } = framesHost.lastHit;
      assert.equal(headers["x-proof"], createHash("sha256").update(token).update(body).digest("hex"));
    }
    signer.token = undefined;
    const answer = await post("/v1/chat/completions", chat("mixed"));
    assert.equal(answer.headers["x-huntgroup-model-id"], "mixed-openai", "without a token a sibling answers");
    signer.token = "token-3";
    framesHost.always(fault(401, "who_are_you"));
    await post("/v1/chat/completions", chat("mixed"));
    assert.equal(signer.refusals, 1, "the signer was not told that its token is no good");
  });

  const failures: readonly (readonly [what: string, reply: HostReply])[] = [
    ["is overloaded", fault(503, "tired")],
    ["is limited", fault(429, "slow_down", { again_ms: 5 })],
    ["fails in its stream before there is content", framesStream([frame("h"), frame("!", '{"fault":"tired","why":"so tired"}')])],
    ["answers with something else", reply("no frames at all")],
  ];
  for (const [what, answer] of failures) {
    it(`gives way to a sibling of OpenAI's format when it ${what}`, async () => {
      framesHost.always(answer);
      const streamed = await post("/v1/chat/completions", chat("mixed", { stream: true }));
      assert.equal(chunksOf(streamed).text, hostWords.join(""));
      assert.equal(streamed.headers["x-huntgroup-model-id"], "mixed-openai");
      assert.equal(await grpcText("mixed"), hostWords.join(""));
    });
  }

  it("is gone on with by a sibling of OpenAI's format when its stream is cut", async () => {
    framesHost.always(framesStream(goodFrames.slice(0, 5), "cut"));
    openAiHost.always({ kind: "stream", pieces: chatEvents([", sibling."]) });
    const answer = await post("/v1/chat/completions", chat("mixed", { stream: true }));
    assert.equal(chunksOf(answer).text, "Grüß dich, sibling.");
    assert.equal((openAiHost.lastHit.json as { messages: { content: string }[] }).messages.at(-1)?.content, "Grüß dich");
  });

  it("has its errors told by their class, without its key", async () => {
    framesHost.always(fault(400, "nonsense", { why: `not with ${secret}` }));
    const refused = await post("/v1/chat/completions", chat("mixed"));
    assert.equal(refused.status, 400);
    assert.match(refused.bytes.toString(), /not with \[redacted\]/);
    assert.equal(openAiHost.hits.length, 0, "the caller's own fault was tried elsewhere");
    framesHost.always(fault(429, "slow_down", { again_ms: 1_500 }));
    const limited = await post("/v1/chat/completions", chat("framed", { num_retries: 0 }));
    assert.deepEqual([limited.status, limited.headers["retry-after-ms"]], [429, "1500"]);
    assert.equal((await grpcFailure(grpc.unary("huntgroup.v1.ChatService/ChatCompletion", grpcChat("framed", "Hi")))).code, 8);
  });

  it("refuses what its format has no words for", async () => {
    const answer = await post("/v1/embeddings", { model: "framed", input: "x" });
    assert.equal(answer.status, 400);
    assert.match(answer.bytes.toString(), /only chats/);
    assert.equal(framesHost.hits.length, 0);
  });
});

describe("a caller that speaks another format", () => {
  const say = [["user", "Hello?"]];

  it("is answered by a deployment of OpenAI's format", async () => {
    const answer = await post("/frames/ask", { to: "plain", say, most: 5 });
    assert.equal(answer.bytes.toString(), JSON.stringify({ by: "plain", text: hostWords.join(""), spent: [9, 4] }));
    const { model, messages, max_tokens } = openAiHost.lastHit.json as Record<string, unknown>;
    assert.deepEqual([model, messages, max_tokens], ["plain", [{ role: "user", content: "Hello?" }], 5]);
  });

  it("gets a stream of OpenAI's format in its own frames", async () => {
    const answer = await post("/frames/ask", { to: "plain", say, stream: true });
    assert.equal(answer.headers["content-type"], "application/x-frames");
    assert.deepEqual(framesOf(answer.bytes), ["h", ...hostWords.map((word) => `t${word}`), "sstop", "i9", "o4", "z"]);
  });

  // Spelled as no program would.
  const odd = '{ "to":"framed" , "say":[["user","H\\u0065llo?"]],"most":1.50e1, "new":[ ] }';

  it("reaches a deployment of its own format with its bytes untouched, both ways", async () => {
    const told = '{"by" : "framed","text":"\\u0048i","spent":[7,3],  "new":1.0}';
    framesHost.always(reply(told));
    const answer = await post("/frames/ask", odd, { "frames-flavour": "vanilla" });
    assert.equal(framesHost.lastHit.body.toString(), odd);
    assert.equal(framesHost.lastHit.headers["frames-flavour"], "vanilla");
    assert.equal(answer.bytes.toString(), told);
  });

  it("gets the very frames of such a stream, those without meaning included", async () => {
    const frames = Buffer.concat([...goodFrames.slice(0, 4), frame("?", "what is to come"), ...goodFrames.slice(4)]);
    framesHost.always(framesStream([frames]));
    const answer = await post("/frames/ask", { to: "framed", say, stream: true });
    assert.deepEqual(answer.bytes, frames);
  });

  it("gets the very error of such a deployment, with its status", async () => {
    const told = '{"fault":"nonsense" , "why":"\\u0062ecause"}';
    framesHost.always(reply(told, 422));
    const answer = await post("/frames/ask", { to: "framed", say });
    assert.deepEqual([answer.status, answer.bytes.toString()], [422, told]);
    framesHost.always(framesStream([...goodFrames.slice(0, 4), frame("!", told)]));
    const streamed = await post("/frames/ask", { to: "framed", say, stream: true });
    assert.deepEqual(framesOf(streamed.bytes).slice(-2), ["tGrüß", `!${told}`]);
  });

  it("gets every other error in its own shape, with its own status and headers", async () => {
    const unreadable = await post("/frames/ask", "{");
    assert.deepEqual([unreadable.status, json(unreadable)], [400, { fault: "nonsense", why: "These are no frames." }]);
    assert.equal((await post("/frames/ask", { to: "nobody", say })).status, 404);
    assert.equal(json(await post("/frames/ask", "{}", { "content-type": "text/plain" }))["fault"], "nonsense");
    openAiHost.always(hostError(503, { message: "busy" }));
    const overloaded = await post("/frames/ask", { to: "plain", say });
    assert.deepEqual([overloaded.status, json(overloaded)["fault"], overloaded.headers["x-frames-fault"]], [529, "tired", "true"]);
    const unsaid = await post("/frames/ask", { to: "plain" });
    assert.deepEqual([unsaid.status, json(unsaid)["why"]], [400, "Nothing was said."]);
  });

  it("fails over between formats, unseen", async () => {
    framesHost.always(fault(503, "tired"));
    const answer = await post("/frames/ask", { to: "mixed", say, stream: true });
    assert.equal(framesOf(answer.bytes).join(""), `ht${hostWords.join("t")}sstopi9o4z`);
    openAiHost.always(hostError(500, { message: "broken" }));
    framesHost.reset();
    framesHost.always(framesStream(goodFrames));
    assert.deepEqual((await post("/frames/ask", { to: "turned", say, stream: true })).bytes, Buffer.concat(goodFrames));
  });

  it("does not have a stream of its own format gone on with in another one", async () => {
    framesHost.always(framesStream(goodFrames.slice(0, 5), "cut"));
    const answer = await post("/frames/ask", { to: "mixed", say, stream: true });
    assert.match(framesOf(answer.bytes).join(" "), /^h i7 \. tGrüß t dich !\{"fault":"stream_interrupted"/);
    assert.equal(openAiHost.hits.length, 0);
  });

  it("reaches only deployments of its own format with what OpenAI's has not", async () => {
    framesHost.always(reply('{"by":"turned","text":"","spent":[5,0]}'));
    const answer = await post("/frames/count", { to: "turned", say });
    assert.equal(answer.status, 200);
    assert.equal(framesHost.lastHit.path, "/count");
    assert.equal(openAiHost.hits.length, 0);
    const unable = await post("/frames/count", { to: "plain", say });
    assert.deepEqual([unable.status, json(unable)["why"]], [400, "Only a deployment that speaks frames can count."]);
    assert.equal(openAiHost.hits.length, 0);
  });
});
