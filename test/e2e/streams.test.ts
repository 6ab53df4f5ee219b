import { createClient } from "@connectrpc/connect";
import { createConnectTransport } from "@connectrpc/connect-node";
import assert from "node:assert/strict";
import { once } from "node:events";
import { request as httpRequest, type IncomingMessage } from "node:http";
import { connect as http2Connect, constants, type ClientHttp2Session } from "node:http2";
import { after, before, beforeEach, describe, test } from "node:test";
import { ChatService } from "../../gen/huntgroup/v1/chat_pb.ts";
import { randomInt, seededRandom } from "../../src/lib/random.ts";
import { FakeClock } from "../support/fake-clock.ts";
import { GrpcClient, grpcChat, type GrpcMessage } from "../support/grpc-client.ts";
import { hostConfig, publicModel } from "../support/host-config.ts";
import { type OpenAiHost, type HostHit } from "../support/openai-host.ts";
import { chatEvents, hostWords, type HostReply } from "../support/openai-replies.ts";
import { Parties } from "../support/parties.ts";
import type { RunningTestService } from "../support/start-service.ts";
import { within } from "../support/within.ts";

const chatStream = "huntgroup.v1.ChatService/ChatCompletionStream";

/** Reads one whole stream and returns the texts of its chunks. */
type Reader = (id: string) => Promise<string[]>;

/** Everything a caller holds while a stream of its is open. */
interface OpenStream {
  /** Resolves with the first bytes. */
  readonly begun: Promise<unknown>;
  hangUp(): void;
}

describe("streams", () => {
  const parties = new Parties();
  /** Nobody moves it on: what happens all the same has waited for no timer. */
  const stillClock = new FakeClock();
  let host: OpenAiHost;
  let service: RunningTestService;
  let session: ClientHttp2Session;
  let grpc: GrpcClient;
  let connect: ReturnType<typeof createClient<typeof ChatService>>;

  before(async () => {
    host = await parties.host();
    service = await parties.service(hostConfig(host), { clock: stillClock });
    session = parties.add(http2Connect(service.origin), (party) => party.close());
    grpc = parties.add(new GrpcClient(service.port), (party) => party.close());
    connect = createClient(ChatService, createConnectTransport({ baseUrl: service.origin, httpVersion: "2", useBinaryFormat: false }));
  });
  beforeEach(() => host.reset());
  after(() => parties.end());

  function openHttp1(id: string): { readonly response: Promise<IncomingMessage>; readonly destroy: () => void } {
    const request = httpRequest(`${service.origin}/v1/chat/completions`, {
      method: "POST",
      agent: false,
      headers: { "content-type": "application/json" },
    });
    const response = new Promise<IncomingMessage>((resolve, reject) => {
      request.once("response", resolve);
      request.once("error", reject);
    });
    request.end(restBody(id));
    return { response, destroy: () => request.destroy() };
  }

  function openHttp2(id: string): ReturnType<ClientHttp2Session["request"]> {
    const headers = { ":method": "POST", ":path": "/v1/chat/completions", "content-type": "application/json" };
    const stream = session.request(headers);
    stream.end(restBody(id));
    return stream;
  }

  const readers: Readonly<Record<string, Reader>> = {
    async rest(id) {
      return textsOf(await collect(await openHttp1(id).response));
    },
    async restOverHttp2(id) {
      return textsOf(await collect(openHttp2(id)));
    },
    async grpc(id) {
      const texts: string[] = [];
      for await (const message of grpc.stream(chatStream, { ...grpcChat(publicModel, "go"), user: id })) texts.push(textOf(message));
      return withoutEmpty(texts);
    },
    async connect(id) {
      const texts: string[] = [];
      for await (const { choices } of connect.chatCompletionStream({ ...connectChat, user: id }))
        texts.push(choices[0]?.delta?.content ?? "");
      return withoutEmpty(texts);
    },
  };

  test("500 at once, over every inbound protocol, arrive whole, in order and each at its own caller", async () => {
    const counts: Readonly<Record<string, number>> = { rest: 300, restOverHttp2: 100, grpc: 75, connect: 25 };
    const total = 500;
    // Nobody gets anything before all have asked: they are all open at once.
    const { promise: allAreHere, resolve: release } = Promise.withResolvers<void>();
    let most = 0;
    host.always((hit) => {
      if (host.hits.length === total) {
        most = service.router.inFlight;
        release();
      }
      return scriptedStream(hit, allAreHere);
    });
    const reads: Promise<void>[] = [];
    for (const [door, count] of Object.entries(counts)) {
      for (let index = 0; index < count; index++) {
        const id = `${door}-${index}`;
        reads.push(readers[door]!(id).then((texts) => assert.deepEqual(texts, textsFor(id), id)));
      }
    }
    await Promise.all(reads);
    assert.equal(host.hits.length, total);
    assert.equal(most, total);
    assert.equal(service.router.inFlight, 0);
    const [deployment] = service.router.deployments();
    assert.deepEqual(
      { successes: deployment?.successes, failures: deployment?.failures, cancellations: deployment?.cancellations },
      { successes: total, failures: 0, cancellations: 0 },
    );
  });

  const openers: Readonly<Record<string, (id: string) => OpenStream>> = {
    "REST over HTTP/1.1": (id) => {
      const { response, destroy } = openHttp1(id);
      return { begun: response.then((message) => once(message, "data")), hangUp: destroy };
    },
    "REST over HTTP/2": (id) => {
      const stream = openHttp2(id);
      stream.on("error", () => undefined);
      return { begun: once(stream, "data"), hangUp: () => stream.close(constants.NGHTTP2_CANCEL) };
    },
    gRPC: (id) => {
      const stream = grpc.stream(chatStream, { ...grpcChat(publicModel, "go"), user: id });
      stream.on("error", () => undefined);
      return { begun: once(stream, "data"), hangUp: () => stream.cancel() };
    },
    Connect: (id) => {
      const controller = new AbortController();
      const chunks = connect.chatCompletionStream({ ...connectChat, user: id }, { signal: controller.signal });
      return { begun: chunks[Symbol.asyncIterator]().next(), hangUp: () => controller.abort() };
    },
  };

  for (const [door, open] of Object.entries(openers)) {
    test(`a caller by ${door} that hangs up in mid-stream frees its deployment at once`, async () => {
      host.always({ kind: "stream", pieces: chatEvents(hostWords).slice(0, 3), end: "hang" });
      await hangUpAndSee(open, ({ begun }) => begun);
    });

    test(`a caller by ${door} that hangs up before the first word frees its deployment at once`, async () => {
      host.always({ kind: "hang" });
      await hangUpAndSee(open, async ({ begun }) => void begun.catch(() => undefined));
    });
  }

  async function hangUpAndSee(open: (id: string) => OpenStream, ready: (stream: OpenStream) => Promise<unknown>): Promise<void> {
    const before = service.router.deployments()[0];
    const asked = host.nextHit();
    const stream = open("any");
    const hit = await asked;
    await ready(stream);
    assert.equal(service.router.inFlight, 1);
    stream.hangUp();
    await within(hit.hungUp, "the host's client hung up");
    assert.equal(service.router.inFlight, 0);
    const now = service.router.deployments()[0];
    assert.equal(now?.cancellations, (before?.cancellations ?? 0) + 1);
    assert.equal(now?.failures, before?.failures);
  }

  test("a caller that does not read holds its provider up, fills no memory, and still frees it at once when it hangs up", async () => {
    const event = chatEvents(["x".repeat(65_536)])[1] ?? "";
    const most = 2_000;
    const pieces = Array.from({ length: most }, () => event);
    host.always({ kind: "stream", pieces });
    const asked = host.nextHit();
    const { response, destroy } = openHttp1("slow");
    const message = await response;
    message.pause();
    const { hungUp } = await asked;
    await standsStill(() => host.piecesSent);
    const sent = host.piecesSent;
    assert.ok(sent > 0 && sent < most / 2, `${sent} of ${most} pieces were sent to a caller that reads none`);
    assert.equal(service.router.inFlight, 1);
    destroy();
    await within(hungUp, "the host's client hung up");
    assert.equal(service.router.inFlight, 0);
  });
});

const connectChat = {
  model: publicModel,
  messages: [{ role: "user", content: { kind: { case: "stringValue" as const, value: "go" } } }],
};

function restBody(id: string): string {
  return JSON.stringify({ model: publicModel, messages: [{ role: "user", content: "go" }], stream: true, user: id });
}

/** What stream `id` says: texts of many sizes that bear its name and their number. The same each time. */
function textsFor(id: string): string[] {
  const random = seededRandom(seedOf(id));
  return Array.from({ length: 5 + randomInt(random, 40) }, (_, index) => `${id}#${index} ${filler(randomInt(random, 1_200))}`);
}

/** The stream as the host sends it: cut into pieces that know nothing of events, lines or characters. */
function scriptedStream(hit: HostHit, after: Promise<void>): HostReply {
  const id = hit.json.user ?? "";
  const random = seededRandom(seedOf(id) + 1);
  const bytes = Buffer.from(chatEvents(textsFor(id)).join(""));
  const pieces: Buffer[] = [];
  for (let at = 0; at < bytes.length;) {
    const length = 1 + randomInt(random, random.next() < 0.3 ? 8 : 2_500);
    pieces.push(bytes.subarray(at, at + length));
    at += length;
  }
  return { kind: "stream", pieces, gapMs: 1, after };
}

/** Characters of one to four bytes, and those that JSON has to escape. */
function filler(length: number): string {
  return 'aé€😀"\\\n '
    .repeat(Math.ceil(length / 8))
    .slice(0, length)
    .toWellFormed();
}

function seedOf(id: string): number {
  let seed = 0;
  for (const character of id) seed = (seed * 31 + (character.codePointAt(0) ?? 0)) >>> 0;
  return seed;
}

async function collect(stream: AsyncIterable<Buffer>): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const bytes of stream) chunks.push(bytes);
  return Buffer.concat(chunks).toString();
}

/** The texts of a body of server-sent events, each one `data` line; the last must be `[DONE]`. */
function textsOf(body: string): string[] {
  const events = body.split("\n\n");
  assert.equal(events.pop(), "");
  assert.equal(events.pop(), "data: [DONE]");
  return withoutEmpty(
    events.map((event) => {
      assert.ok(event.startsWith("data: "), event);
      return textOf(JSON.parse(event.slice("data: ".length)) as GrpcMessage);
    }),
  );
}

function textOf(chunk: GrpcMessage): string {
  const { choices } = chunk as { readonly choices: readonly { readonly delta?: { readonly content?: string } }[] };
  return choices[0]?.delta?.content ?? "";
}

/** The first chunk only names the role, and the last one only the reason for the end. */
function withoutEmpty(texts: readonly string[]): string[] {
  return texts.filter((text) => text !== "");
}

/** Waits until a number has stopped growing. */
async function standsStill(read: () => number): Promise<void> {
  for (let last = -1; last !== read();) {
    last = read();
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}
