import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { seededRandom } from "../../../src/lib/random.ts";
import { VirtualClock } from "../../../src/lib/virtual-clock.ts";
import { usualReplica } from "../../../src/replica/replica-spec.ts";
import type { SteeredBackend } from "../../../src/simulation/world/backend.ts";
import { type Fault, FaultyBackend } from "../../../src/simulation/world/faulty-backend.ts";
import { ProviderBackend } from "../../../src/simulation/world/provider-backend.ts";
import { usualProvider } from "../../../src/simulation/world/provider-spec.ts";
import { ReplicaBackend } from "../../../src/simulation/world/replica-backend.ts";
import { goOnTo, sendWork, type HeardReply } from "./heard-reply.ts";

/** Answers of 61 tokens take about 1.5 s at either. */
const kinds: readonly [string, (clock: VirtualClock) => SteeredBackend][] = [
  ["a provider", (clock) => new ProviderBackend({ ...usualProvider, firstMs: 500, tokensPerSecond: 60 }, clock, seededRandom(1))],
  ["a replica", (clock) => new ReplicaBackend({ ...usualReplica, cacheTokens: 10_000, stepMs: 10 }, clock)],
];

function faulty(create: (clock: VirtualClock) => SteeredBackend): { clock: VirtualClock; backend: FaultyBackend } {
  const clock = new VirtualClock();
  return { clock, backend: new FaultyBackend(create(clock), clock, seededRandom(2)) };
}

type CreateBackend = (clock: VirtualClock) => SteeredBackend;

/** What is heard of 61 tokens under a fault. */
function answered(create: CreateBackend, fault: Fault | undefined, isStream = true): HeardReply {
  const { clock, backend } = faulty(create);
  if (fault !== undefined) backend.begin(fault);
  const heard = sendWork(backend, clock, { outputTokens: 61 }, isStream);
  goOnTo(clock, 1_000_000);
  return heard;
}

for (const [name, create] of kinds) {
  describe(`faults of ${name}`, () => {
    const usualMs = answered(create, undefined).endAt ?? Number.NaN;

    it("do not change what there are none of", () => {
      assert.ok(usualMs > 900 && usualMs < 1_600, `${usualMs} ms`);
    });

    it("slow it down by their factor", () => {
      const { endAt = Number.NaN } = answered(create, { kind: "slow", factor: 0.1 });
      assert.ok(Math.abs(endAt / usualMs - 10) < 0.5, `${endAt} ms`);
    });

    it("multiply, and end one by one", () => {
      const { clock, backend } = faulty(create);
      const ends = [0.5, 0.2].map((factor) => backend.begin({ kind: "slow", factor }));
      ends[1]?.();
      ends[1]?.();
      const heard = sendWork(backend, clock, { outputTokens: 61 });
      goOnTo(clock, 1_000_000);
      assert.ok(Math.abs((heard.endAt ?? 0) / usualMs - 2) < 0.2, `${heard.endAt} ms`);
    });

    it("hang it, and let it go on where it was", () => {
      const { clock, backend } = faulty(create);
      const heard = sendWork(backend, clock, { outputTokens: 61 });
      goOnTo(clock, 700);
      const end = backend.begin({ kind: "hang" });
      assert.equal(backend.workSeconds, Number.POSITIVE_INFINITY);
      goOnTo(clock, 10_700);
      assert.equal(heard.endAt, undefined);
      end();
      goOnTo(clock, 100_000);
      assert.ok(Math.abs((heard.endAt ?? 0) - usualMs - 10_000) < 50, `${heard.endAt} ms`);
    });

    it("fail requests with a status", () => {
      const heard = answered(create, { kind: "errors", rate: 1, status: 502 });
      assert.deepEqual([heard.status, heard.endAt], [502, 20]);
    });

    it("refuse requests with 429, and say when to come back where they do", () => {
      const heard = answered(create, { kind: "refusals", rate: 1, retryAfterMs: 3_000 });
      assert.deepEqual([heard.status, heard.headers["retry-after-ms"]], [429, "3000"]);
      assert.deepEqual(answered(create, { kind: "refusals", rate: 1, retryAfterMs: undefined }).headers, {});
    });

    it("befall as many requests as they say", () => {
      const { clock, backend } = faulty(create);
      backend.begin({ kind: "errors", rate: 0.5, status: 500 });
      const heard = Array.from({ length: 1_000 }, () => sendWork(backend, clock, { outputTokens: 1 }));
      goOnTo(clock, 1_000_000);
      const failed = heard.filter(({ status }) => status === 500).length;
      assert.ok(Math.abs(failed - 500) < 60, `${failed} failed`);
    });

    it("cut streams after some tokens, short ones at their end, and whole answers before they come", () => {
      const cut = answered(create, { kind: "cut", rate: 1, afterTokens: 20 });
      const tokens = cut.progress.at(-1)?.[1] ?? 0;
      assert.deepEqual([cut.status, cut.failure, cut.usage], [200, "broken", undefined]);
      assert.ok(tokens > 0 && tokens < 61, `${tokens} tokens`);
      const short = answered(create, { kind: "cut", rate: 1, afterTokens: 1_000 });
      assert.deepEqual([short.failure, short.progress.at(-1)?.[1]], ["broken", 61]);
      assert.equal(answered(create, { kind: "cut", rate: 1, afterTokens: 20 }, false).failure, "broken");
    });

    it("take it away: what is under way breaks off, and there is no connection until it is back", () => {
      const { clock, backend } = faulty(create);
      const [under, given] = [sendWork(backend, clock, { outputTokens: 61 }), sendWork(backend, clock, { outputTokens: 61 })];
      goOnTo(clock, 600);
      const end = backend.begin({ kind: "down" });
      given.exchange?.abort();
      const refused = sendWork(backend, clock);
      goOnTo(clock, 1_000);
      end();
      const served = sendWork(backend, clock);
      goOnTo(clock, 100_000);
      assert.deepEqual([under.failure, given.failure, refused.failure, served.failure], ["broken", undefined, "connect", undefined]);
      assert.equal(served.usage, 10);
      assert.equal(clock.pending, 0);
    });
  });
}

describe("a cold join", () => {
  it("forgets prompts and is slow for its time", () => {
    const { clock, backend } = faulty(kinds[1]?.[1] ?? assert.fail());
    const work = { promptTokens: 8_000, outputTokens: 1, blocks: Array.from({ length: 500 }, (_none, block) => block) };
    const firstMs = (): number => {
      const at = clock.now();
      const heard = sendWork(backend, clock, work);
      goOnTo(clock, at + 100_000);
      return (heard.headAt ?? Number.NaN) - at;
    };
    const [unknown, known] = [firstMs(), firstMs()];
    assert.ok(unknown >= 1_000 && known < 50, `${unknown} ms, ${known} ms`);
    const end = backend.begin({ kind: "cold", factor: 0.5 });
    const cold = firstMs();
    end();
    const warm = firstMs();
    assert.ok(Math.abs(cold - 2 * unknown) < 50 && warm < 50, `${cold} ms, ${warm} ms`);
  });
});

describe("a quota that is cut", () => {
  it("lets fewer requests in until that is over", () => {
    const { clock, backend } = faulty((own) => new ProviderBackend({ ...usualProvider, rpm: 60 }, own, seededRandom(1)));
    const served = (): number => {
      const heard = Array.from({ length: 15 }, () => sendWork(backend, clock));
      goOnTo(clock, clock.now() + 100_000);
      return heard.filter(({ status }) => status === 200).length;
    };
    const end = backend.begin({ kind: "quota", factor: 0.2 });
    assert.equal(served(), 2);
    end();
    goOnTo(clock, clock.now() + 10_000);
    assert.equal(served(), 10);
  });
});
