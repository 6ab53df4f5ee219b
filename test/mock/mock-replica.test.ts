import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { seededRandom } from "../../src/lib/random.ts";
import { type MockProfile, mockOrigin, mockProfileHeader, writeMockProfile } from "../../src/mock/mock-profile.ts";
import { MockUpstream } from "../../src/mock/mock-upstream.ts";
import { FakeClock } from "../support/fake-clock.ts";
import { Recorder } from "../upstream/support.ts";

const profile: MockProfile = {
  deploymentId: "eu-1",
  firstTokenMs: 30,
  tokensPerSecond: 200,
  outputTokens: 61,
  errorRate: 0,
  rpm: undefined,
  tpm: undefined,
  seed: undefined,
  replica: {},
  response: undefined,
};

class Bench {
  readonly clock = new FakeClock();
  readonly upstream = new MockUpstream({ clock: this.clock, random: seededRandom(1) });

  send(body: object, over: Partial<MockProfile> = {}, path = "/chat/completions"): Recorder {
    return Recorder.send(this.upstream, {
      method: "POST",
      origin: mockOrigin,
      path,
      headers: { [mockProfileHeader]: writeMockProfile({ ...profile, ...over }) },
      body: [Buffer.from(JSON.stringify({ model: "m", ...body }))],
    });
  }
}

function prompt(tokens: number): object {
  // The line's end between two messages counts with them.
  const half = "x".repeat(tokens * 2);
  return {
    messages: [
      { role: "system", content: half },
      { role: "user", content: half.slice(1) },
    ],
  };
}

function words(recorder: Recorder): number {
  return (recorder.text.match(/"content":"[^"]/g) ?? []).length;
}

describe("a mock replica", () => {
  it("reads the whole prompt and writes at its pace", () => {
    const bench = new Bench();
    const recorder = bench.send({ ...prompt(8_000), stream: true });
    bench.clock.advance(999);
    assert.equal(recorder.status, undefined);
    bench.clock.advance(1);
    assert.equal(words(recorder), 1);
    bench.clock.advance(500);
    assert.equal(words(recorder), 31);
    bench.clock.advance(500);
    assert.equal(words(recorder), 61);
    assert.ok(recorder.ended && recorder.text.endsWith("data: [DONE]\n\n"));
    assert.equal(bench.clock.pending, 0);
  });

  it("has all of its calls share what it can do, and none of another deployment's", () => {
    const bench = new Bench();
    const body = { ...prompt(4_000), stream: true };
    const [first, second] = [bench.send(body), bench.send(body)];
    const other = bench.send(body, { deploymentId: "eu-2" });
    bench.clock.advance(500);
    assert.deepEqual([first, second, other].map(words), [1, 0, 1]);
    bench.clock.advance(2_000);
    assert.ok(second.ended);
  });

  it("answers as a whole when that is there, and tells the usage", () => {
    const bench = new Bench();
    const recorder = bench.send({ ...prompt(800), max_tokens: 31 });
    bench.clock.advance(599);
    assert.equal(recorder.status, undefined);
    bench.clock.advance(1);
    const { usage } = JSON.parse(recorder.text) as { usage: object };
    assert.deepEqual(usage, {
      prompt_tokens: 800,
      completion_tokens: 31,
      total_tokens: 831,
      prompt_tokens_details: { cached_tokens: 0 },
    });
    const embedded = bench.send({ input: "x".repeat(3_200) }, {}, "/embeddings");
    bench.clock.advance(100);
    assert.ok(embedded.ended);
  });

  it("remembers prompts, and says how much of one it did", () => {
    const bench = new Bench();
    const replica = { cache_tokens: 100_000 };
    bench.send(prompt(1_600), { replica });
    bench.clock.advance(10_000);
    const again = bench.send({ ...prompt(1_600), stream: true, stream_options: { include_usage: true } }, { replica });
    bench.clock.advance(20);
    assert.equal(words(again), 1);
    bench.clock.advance(10_000);
    assert.match(again.text, /"cached_tokens":1599/);
    const other = bench.send({ messages: [{ role: "user", content: "y".repeat(6_400) }] }, { replica });
    bench.clock.advance(10_000);
    assert.match(other.text, /"cached_tokens":0/);
  });

  it("goes on while its reader pauses, and stops for one that is gone", () => {
    const bench = new Bench();
    const recorder = bench.send({ ...prompt(80), stream: true });
    recorder.wantsMore = false;
    bench.clock.advance(520);
    assert.equal(words(recorder), 1);
    recorder.wantsMore = true;
    recorder.exchange?.resume();
    assert.equal(words(recorder), 1, "called back from within resume");
    bench.clock.advance(0);
    assert.equal(words(recorder), 31);
    recorder.exchange?.abort();
    bench.clock.runAll();
    assert.equal(words(recorder), 31);
    assert.equal(recorder.ended, false);
    const paused = bench.send({ ...prompt(80), stream: true });
    paused.wantsMore = false;
    bench.clock.runAll();
    assert.ok(!paused.ended && words(paused) === 1);
    paused.exchange?.resume();
    paused.wantsMore = true;
    bench.clock.runAll();
    assert.ok(paused.ended && words(paused) === 61);
  });

  it("refuses and fails as any mock does", () => {
    const bench = new Bench();
    const statuses = [1, 2].map(() => {
      const recorder = bench.send(prompt(10), { rpm: 1 });
      bench.clock.runAll(5_000);
      return recorder.status;
    });
    assert.deepEqual(statuses, [200, 429]);
  });
});
