import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { setImmediate as turn } from "node:timers/promises";
import type { RequestRenewal, UpstreamExchange, UpstreamListener, UpstreamRequest } from "../../src/core/upstream.ts";
import { RenewingUpstream } from "../../src/upstream/renewing-upstream.ts";
import { FakeClock } from "../support/fake-clock.ts";
import { type Behaviour, FakeUpstream, type Hit } from "../support/fake-upstream.ts";

const over: Behaviour = { kind: "reply", status: 401, body: "over" };
const answer: Behaviour = { kind: "reply", body: "answer" };

describe("a request whose proof may come to its end", () => {
  it("is sent again with a new one where its host says so, and the second answer alone is heard", async () => {
    const { heard, hits, settle } = sent([over, answer]);
    await settle();
    assert.deepEqual(heard, ["head 200", "data answer", "end"]);
    assert.deepEqual(proofs(hits), ["old", "new"]);
  });

  it("is sent twice at most", async () => {
    const { heard, hits, settle } = sent([over, { ...over, body: "over again" }, answer]);
    await settle();
    assert.deepEqual(heard, ["head 401", "data over again", "end"]);
    assert.equal(hits.length, 2);
  });

  it("is answered by the refusal where there is no new proof", async () => {
    const { heard, hits, settle } = sent([over, answer], { renewed: undefined });
    await settle();
    assert.deepEqual(heard, ["head 401", "data over", "end"]);
    assert.equal(hits.length, 1);
  });

  it("is answered by the refusal where the new proof cannot be made", async () => {
    const { heard, hits, settle } = sent([over, answer], { renewed: Promise.reject(new Error("no key")) });
    await settle();
    assert.deepEqual(heard, ["head 401", "data over", "end"]);
    assert.equal(hits.length, 1);
  });

  for (const [what, reply] of [
    ["a refusal for something else", { kind: "reply", status: 403, body: "not allowed" }],
    ["a refusal without a word", { kind: "reply", status: 401, body: "" }],
    ["another failure that says the same", { kind: "reply", status: 500, body: "over" }],
    ["a success that says the same", { kind: "reply", body: "over" }],
  ] as const) {
    it(`is answered by ${what}`, async () => {
      const { heard, hits, settle } = sent([reply]);
      await settle();
      const data = reply.body === "" ? [] : [`data ${reply.body}`];
      assert.deepEqual(heard, [`head ${"status" in reply ? reply.status : 200}`, ...data, "end"]);
      assert.equal(hits.length, 1);
    });
  }

  it("hands a refusal on that is too long to be one of a proof", async () => {
    const body = "over".repeat(20_000);
    const { heard, hits, settle } = sent([{ kind: "reply", status: 401, body }]);
    await settle();
    assert.deepEqual(heard, ["head 401", `data ${body}`, "end"]);
    assert.equal(hits.length, 1);
  });

  it("fails as its connection does, before an answer or within a refusal", async () => {
    const none = sent([{ kind: "break" }]);
    await none.settle();
    assert.deepEqual(none.heard, ["failure broken"]);
    const { heard, listener } = byHand();
    listener.onHead(401, {});
    listener.onData(Buffer.from("ov"));
    listener.onFailure({ kind: "broken", reason: "ECONNRESET" });
    assert.deepEqual(heard, ["head 401", "data ov", "failure broken"]);
  });

  it("is not sent again once nobody waits for it, and had cost nothing by then", async () => {
    const { promise, resolve } = Promise.withResolvers<UpstreamRequest | undefined>();
    const { heard, hits, exchange, clock } = sent([over, answer], { renewed: promise });
    clock.advance(1);
    await turn();
    assert.equal(exchange.isWritten, false);
    exchange.abort();
    resolve(request("new"));
    await turn();
    clock.advance(1);
    assert.deepEqual([heard, hits.length], [[], 1]);
  });

  it("is no other request where nothing renews its proof", async () => {
    const { heard, hits, settle } = sent([over, answer], { isFixed: true });
    await settle();
    assert.deepEqual(heard, ["head 401", "data over", "end"]);
    assert.equal(hits.length, 1);
  });

  it("is paused and resumed, and dropped, whichever exchange is under way", async () => {
    const { exchange, hits, settle, clock } = sent([over, { kind: "hang" }]);
    await settle();
    assert.deepEqual([exchange.isWritten, hits.length], [true, 2]);
    exchange.resume();
    exchange.abort();
    clock.advance(1);
    assert.deepEqual(
      hits.map(({ ended, aborted }) => [ended, aborted]),
      [
        [true, false],
        [false, true],
      ],
    );
  });
});

interface Options {
  /** Default: at once. */
  readonly renewed?: UpstreamRequest | Promise<UpstreamRequest | undefined> | undefined;
  readonly isFixed?: boolean;
}

function sent(behaviours: readonly Behaviour[], options: Options = {}) {
  const clock = new FakeClock();
  const upstream = new FakeUpstream(clock).script("host", ...behaviours);
  const { heard, listener } = recorder();
  const exchange = new RenewingUpstream(upstream).send(request("old", options), listener);
  const settle = async (): Promise<void> => {
    clock.advance(1);
    await turn();
    clock.advance(1);
  };
  return { clock, heard, hits: upstream.hits, exchange, settle };
}

/** An exchange whose answer comes call by call. */
function byHand() {
  const { heard, listener } = recorder();
  const inner: UpstreamExchange = { abort() {}, resume() {} };
  let first = listener;
  new RenewingUpstream({
    send(_request, given) {
      first = given;
      return inner;
    },
  }).send(request("old"), listener);
  return { heard, listener: first };
}

function recorder() {
  const heard: string[] = [];
  const listener: UpstreamListener = {
    onHead: (status) => void heard.push(`head ${status}`),
    onData: (chunk) => heard.push(`data ${chunk.toString()}`) > 0,
    onEnd: () => void heard.push("end"),
    onFailure: ({ kind }) => void heard.push(`failure ${kind}`),
  };
  return { heard, listener };
}

function request(proof: string, options: Options = {}): UpstreamRequest {
  const renewal: RequestRenewal = {
    isDue: (_status, _headers, body) => body.toString().startsWith("over"),
    renew: async () => ("renewed" in options ? options.renewed : request("new")),
  };
  const plain = { method: "POST", origin: "http://host", path: `/${proof}`, headers: {}, body: [] } as const;
  return options.isFixed === true ? plain : { ...plain, renewal };
}

function proofs(hits: readonly Hit[]): readonly string[] {
  return hits.map(({ path }) => path.slice(1));
}
