import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Clock } from "../../src/lib/clock.ts";
import { seededRandom } from "../../src/lib/random.ts";
import { VirtualClock } from "../../src/lib/virtual-clock.ts";
import { Replica, type ReplicaJob } from "../../src/replica/replica.ts";
import { blockTokens, type ReplicaSpec, usualReplica } from "../../src/replica/replica-spec.ts";

interface Heard {
  firstAt: number | undefined;
  endAt: number | undefined;
  tokens: number;
  cached: number;
}

class Bench {
  readonly clock = new VirtualClock();
  readonly replica: Replica;

  constructor(over: Partial<ReplicaSpec> = {}) {
    this.replica = new Replica({ ...usualReplica, ...over }, this.clock);
  }

  submit(job: Partial<ReplicaJob>): Heard & { abort: () => void } {
    const heard = { firstAt: undefined as number | undefined, endAt: undefined as number | undefined, tokens: 0, cached: 0 };
    const work = this.replica.submit(
      { promptTokens: 100, outputTokens: 10, blocks: [], ...job },
      {
        onFirstToken: (cached) => {
          heard.firstAt = this.clock.now();
          heard.cached = cached;
          heard.tokens = 1;
        },
        onProgress: (tokens) => {
          assert.ok(tokens >= heard.tokens, "progress never goes back");
          heard.tokens = tokens;
        },
        onEnd: () => (heard.endAt = this.clock.now()),
      },
    );
    return Object.assign(heard, { abort: () => work.abort() });
  }

  run(ms: number): void {
    const end = this.clock.now() + ms;
    while (this.clock.step(end));
  }
}

/** A clock whose timers are late. */
function lateClock(clock: VirtualClock, lateMs: () => number): Clock {
  return {
    now: () => clock.now(),
    wallTime: () => clock.wallTime(),
    schedule: (delayMs, task) => clock.schedule(delayMs + lateMs(), task),
    cancel: (timer) => clock.cancel(timer),
  };
}

describe("replica", () => {
  it("reads a lone prompt at its full rate and writes at the rate of one answer", () => {
    const bench = new Bench();
    const heard = bench.submit({ promptTokens: 8_000, outputTokens: 61 });
    bench.run(10_000);
    assert.equal(heard.firstAt, 1_000);
    assert.equal(heard.endAt, 2_000);
  });

  it("shares what it can write among many answers", () => {
    const bench = new Bench();
    const all = Array.from({ length: 50 }, () => bench.submit({ promptTokens: 1, outputTokens: 301 }));
    bench.run(60_000);
    // 50 answers of 300 further tokens at 1,500 a second.
    for (const { endAt } of all) assert.ok(endAt !== undefined && Math.abs(endAt - 10_000) <= 60, `ended at ${endAt}`);
  });

  it("reads a prompt with 60 % of its time while it writes", () => {
    const bench = new Bench();
    bench.submit({ promptTokens: 1, outputTokens: 100_000 });
    bench.run(1_000);
    const late = bench.submit({ promptTokens: 4_800 });
    bench.run(5_000);
    assert.equal(late.firstAt, 2_000);
  });

  it("takes no more at once than its batch has places for, the first come first", () => {
    const bench = new Bench({ maxBatch: 2 });
    const all = Array.from({ length: 3 }, () => bench.submit({ promptTokens: 10, outputTokens: 60 }));
    bench.run(10_000);
    const [first, second, third] = all;
    assert.ok((third?.firstAt ?? 0) > (first?.endAt ?? Infinity) - 1);
    assert.equal(first?.endAt, second?.endAt);
  });

  it("takes no more than its memory holds", () => {
    const bench = new Bench({ kvTokens: 1_000 });
    const first = bench.submit({ promptTokens: 600, outputTokens: 30 });
    const second = bench.submit({ promptTokens: 600, outputTokens: 30 });
    bench.run(10_000);
    assert.ok((second.firstAt ?? 0) > (first.endAt ?? Infinity));
  });

  it("has its memory free again of what is given up in the step in which it was read", () => {
    const bench = new Bench({ kvTokens: 1_000 });
    const other = bench.replica.submit(
      { promptTokens: 40, outputTokens: 5, blocks: [] },
      { onFirstToken: () => given.abort(), onProgress: () => {}, onEnd: () => {} },
    );
    const given = bench.submit({ promptTokens: 40, outputTokens: 5 });
    bench.run(5_000);
    other.abort();
    assert.equal(given.firstAt, undefined);
    // Nothing holds memory: two that need all of it together are read side by side.
    bench.submit({ promptTokens: 480, outputTokens: 400 });
    const second = bench.submit({ promptTokens: 490, outputTokens: 10 });
    bench.run(1_000);
    assert.ok(second.firstAt !== undefined, "there is room for it");
  });

  it("does not read again what it remembers, by whole blocks, and forgets the oldest", () => {
    const bench = new Bench({ cacheTokens: 10 * blockTokens });
    const blocks = Array.from({ length: 8 }, (_none, index) => index);
    const promptTokens = 8 * blockTokens;
    bench.submit({ promptTokens, blocks });
    bench.run(1_000);
    const again = bench.submit({ promptTokens: promptTokens + 50, blocks: [...blocks, 100] });
    bench.run(1_000);
    assert.equal(again.cached, promptTokens);
    bench.submit({ promptTokens, blocks: blocks.map((block) => block + 1_000) });
    bench.run(1_000);
    const forgotten = bench.submit({ promptTokens, blocks });
    bench.run(1_000);
    assert.equal(forgotten.cached, 0);
  });

  it("frees the place of what is given up, wherever it stands", () => {
    const bench = new Bench({ maxBatch: 1 });
    const writing = bench.submit({ promptTokens: 1, outputTokens: 1e6 });
    const waiting = bench.submit({});
    const last = bench.submit({});
    bench.run(500);
    waiting.abort();
    writing.abort();
    bench.run(1_000);
    assert.ok(last.endAt !== undefined);
    assert.equal(waiting.firstAt, undefined);
    assert.equal(bench.replica.jobs, 0);
    assert.equal(bench.clock.pending, 0);
  });

  it("hangs at speed 0 and goes on afterwards", () => {
    const bench = new Bench();
    bench.replica.speed = 0;
    const heard = bench.submit({ promptTokens: 80, outputTokens: 1 });
    bench.run(60_000);
    assert.equal(heard.firstAt, undefined);
    bench.replica.speed = 0.5;
    bench.run(1_000);
    assert.equal(heard.endAt, 60_020);
  });

  it("is no slower for timers that are late, and goes on from where it stood when the process did", () => {
    const clock = new VirtualClock();
    const random = seededRandom(5);
    let lateMs = 15;
    const replica = new Replica(
      usualReplica,
      lateClock(clock, () => random.next() * lateMs),
    );
    let endAt = Number.NaN;
    const end = (): number => (endAt = clock.now());
    const job = { promptTokens: 8_000, outputTokens: 601, blocks: [] };
    replica.submit(job, { onFirstToken: () => {}, onProgress: () => {}, onEnd: end });
    while (clock.step(60_000));
    assert.ok(endAt >= 11_000 && endAt < 11_016, `ended at ${endAt}`);
    lateMs = 0;
    replica.submit(job, { onFirstToken: () => {}, onProgress: () => {}, onEnd: end });
    clock.step(60_100);
    lateMs = 1e7;
    clock.step(1e9);
    lateMs = 0;
    const asleepUntil = clock.now();
    while (clock.step(1e9));
    assert.ok(endAt - asleepUntil > 10_000, "an hour's work is not done at once");
  });

  it("loses no token: what was asked for is what comes, and time is spent for all of it", () => {
    const bench = new Bench();
    const random = seededRandom(3);
    const jobs: { readonly heard: Heard; readonly outputTokens: number }[] = [];
    let prompt = 0;
    let output = 0;
    for (let count = 0; count < 400; count++) {
      const promptTokens = 1 + Math.floor(random.next() * 2_000);
      const outputTokens = 1 + Math.floor(random.next() * 300);
      prompt += promptTokens;
      output += outputTokens;
      jobs.push({ heard: bench.submit({ promptTokens, outputTokens }), outputTokens });
    }
    assert.ok(Math.abs(bench.replica.workSeconds - (prompt / 8_000 + output / 1_500)) < 1e-6);
    bench.run(1e6);
    for (const { heard, outputTokens } of jobs) assert.ok(heard.endAt !== undefined && heard.tokens <= outputTokens);
    const busySeconds = Math.max(...jobs.map(({ heard }) => heard.endAt ?? Infinity)) / 1_000;
    const leastSeconds = prompt / 8_000 + output / 1_500;
    assert.ok(busySeconds >= leastSeconds * 0.999 && busySeconds < leastSeconds * 1.1, `${busySeconds} of ${leastSeconds}`);
    assert.equal(bench.replica.workSeconds, 0);
  });
});
