import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { UpstreamRequest } from "../../src/core/upstream.ts";
import { seededRandom } from "../../src/lib/random.ts";
import { type MockProfile, mockOrigin, mockProfileHeader, writeMockProfile } from "../../src/mock/mock-profile.ts";
import { MockUpstream } from "../../src/mock/mock-upstream.ts";
import { FakeClock } from "../support/fake-clock.ts";
import { Recorder } from "../upstream/support.ts";

const calm: MockProfile = {
  deploymentId: "eu-1",
  firstTokenMs: 100,
  tokensPerSecond: 100,
  outputTokens: undefined,
  errorRate: 0,
  rpm: undefined,
  tpm: undefined,
  seed: undefined,
  replica: undefined,
  response: undefined,
};

interface Chunk {
  choices: { delta?: { role?: string; content?: string }; text?: string; finish_reason: string | null }[];
  usage?: { completion_tokens: number };
  model: string;
}

class Bench {
  readonly clock = new FakeClock();
  readonly upstream: MockUpstream;

  constructor(seed = 1) {
    this.upstream = new MockUpstream({ clock: this.clock, random: seededRandom(seed) });
  }

  send(profile: Partial<MockProfile>, body: object, path = "/chat/completions"): Recorder {
    const request: UpstreamRequest = {
      method: "POST",
      origin: mockOrigin,
      path,
      headers: { [mockProfileHeader]: writeMockProfile({ ...calm, ...profile }) },
      body: [Buffer.from(JSON.stringify({ model: "gpt-mock", ...body }))],
    };
    return Recorder.send(this.upstream, request);
  }

  run(profile: Partial<MockProfile>, body: object, path?: string): Recorder {
    const recorder = this.send(profile, body, path);
    this.clock.runAll();
    return recorder;
  }
}

function chunksOf(recorder: Recorder): Chunk[] {
  const events = recorder.text.split("\n\n").filter((event) => event !== "");
  assert.equal(events.at(-1), "data: [DONE]");
  return events.slice(0, -1).map((event) => JSON.parse(event.slice("data: ".length)) as Chunk);
}

function statusesOf(bench: Bench, seed?: number): (number | undefined)[] {
  return Array.from({ length: 1_000 }, () => bench.run({ errorRate: 0.3, seed }, hello).status);
}

const hello = { messages: [{ role: "user", content: "what llm are you" }] };

describe("MockUpstream", () => {
  it("answers a chat call after its time, naming the deployment and the model", () => {
    const bench = new Bench();
    const recorder = bench.send({ outputTokens: 11 }, hello);
    bench.clock.advance(199);
    assert.equal(recorder.status, undefined);
    bench.clock.advance(2);
    assert.equal(recorder.status, 200);
    assert.ok(recorder.ended);
    const reply = JSON.parse(recorder.text) as { model: string; choices: { message: { content: string } }[]; usage: object };
    assert.equal(reply.model, "gpt-mock");
    assert.match(reply.choices[0]?.message.content ?? "", /gpt-mock on the mock deployment eu-1/);
    assert.deepEqual(reply.usage, { prompt_tokens: 4, completion_tokens: 11, total_tokens: 15 });
    assert.equal(bench.clock.pending, 0);
  });

  it("streams role, words at their pace, finish, usage where asked for, and [DONE]", () => {
    const bench = new Bench();
    const recorder = bench.send({ response: "one two three" }, { ...hello, stream: true, stream_options: { include_usage: true } });
    const seen: number[] = [];
    for (let step = 0; step < 13; step++) {
      bench.clock.advance(10);
      seen.push((recorder.text.match(/"content":"[^"]/g) ?? []).length);
    }
    assert.deepEqual(seen, [0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 2, 3, 3]);
    const chunks = chunksOf(recorder);
    assert.equal(recorder.headers["content-type"], "text/event-stream");
    assert.equal(chunks[0]?.choices[0]?.delta?.role, "assistant");
    assert.equal(chunks.map((chunk) => chunk.choices[0]?.delta?.content ?? "").join(""), "one two three");
    assert.equal(chunks.at(-2)?.choices[0]?.finish_reason, "stop");
    assert.deepEqual(chunks.at(-1)?.choices, []);
    assert.equal(chunks.at(-1)?.usage?.completion_tokens, 3);
  });

  it("sends no usage chunk unasked", () => {
    assert.ok(chunksOf(new Bench().run({}, { ...hello, stream: true })).every((chunk) => chunk.usage === undefined));
  });

  it("keeps to the caller's cap", () => {
    for (const cap of [{ max_tokens: 2 }, { max_completion_tokens: 2, max_tokens: 9 }]) {
      const chunks = chunksOf(new Bench().run({ outputTokens: 50 }, { ...hello, stream: true, ...cap }));
      assert.equal(chunks.filter((chunk) => (chunk.choices[0]?.delta?.content ?? "") !== "").length, 2);
      assert.equal(chunks.at(-1)?.choices[0]?.finish_reason, "length");
    }
  });

  it("answers text completions, whole and streamed", () => {
    const whole = JSON.parse(new Bench().run({ response: "hi there" }, { prompt: "x" }, "/completions").text) as {
      choices: { text: string }[];
    };
    assert.equal(whole.choices[0]?.text, "hi there");
    const chunks = chunksOf(new Bench().run({ response: "hi there" }, { prompt: "x", stream: true }, "/completions"));
    assert.equal(chunks.map((chunk) => chunk.choices[0]?.text ?? "").join(""), "hi there");
  });

  it("embeds each input the same way each time, as floats or base64", () => {
    type Reply = { data: { embedding: number[] | string; index: number }[]; usage: object };
    const embed = (body: object): Reply => JSON.parse(new Bench().run({}, body, "/embeddings").text) as Reply;
    const { data, usage } = embed({ input: ["a", "b", "a"], dimensions: 5 });
    assert.deepEqual(
      data.map((item) => item.index),
      [0, 1, 2],
    );
    assert.deepEqual(data[0]?.embedding, data[2]?.embedding);
    assert.notDeepEqual(data[0]?.embedding, data[1]?.embedding);
    assert.deepEqual(usage, { prompt_tokens: 3, total_tokens: 3 });
    const floats = data[0]?.embedding as number[];
    assert.ok(Math.abs(Math.hypot(...floats) - 1) < 1e-6);
    const base64 = embed({ input: "a", dimensions: 5, encoding_format: "base64" }).data[0]?.embedding as string;
    const bytes = Buffer.from(base64, "base64");
    assert.deepEqual(
      floats,
      Array.from({ length: 5 }, (_, index) => bytes.readFloatLE(index * 4)),
    );
    assert.equal(embed({ input: [1, 2, 3] }).data.length, 1);
    assert.equal(embed({ input: [[1, 2], [3]] }).data.length, 2);
  });

  it("fails as often as told, and the same calls on each run", () => {
    const run = statusesOf(new Bench(7));
    assert.deepEqual(statusesOf(new Bench(7)), run);
    assert.notDeepEqual(statusesOf(new Bench(8)), run);
    const failed = run.filter((status) => status === 500).length;
    assert.ok(failed > 250 && failed < 350, `${failed}`);
  });

  it("with a seed of its own draws the same whatever the process draws", () => {
    assert.deepEqual(statusesOf(new Bench(1), 42), statusesOf(new Bench(2), 42));
    assert.notDeepEqual(statusesOf(new Bench(1), 42), statusesOf(new Bench(1), 43));
    assert.notDeepEqual(statusesOf(new Bench(1)), statusesOf(new Bench(2)));
  });

  it("turns away what is beyond its own limits, and says when to come again", () => {
    const bench = new Bench();
    const send = (): Recorder => bench.run({ rpm: 2, firstTokenMs: 0, outputTokens: 1 }, hello);
    assert.deepEqual([send().status, send().status], [200, 200]);
    bench.clock.advance(20_000);
    const refused = send();
    assert.equal(refused.status, 429);
    assert.equal(refused.headers["retry-after"], "40");
    bench.clock.advance(40_000);
    assert.equal(send().status, 200);
    const tokens = (): number | undefined => bench.run({ deploymentId: "b", tpm: 20, outputTokens: 10 }, hello).status;
    assert.deepEqual([tokens(), tokens()], [200, 429]);
    assert.equal(bench.run({ deploymentId: "c", rpm: 2 }, hello).status, 200);
  });

  it("raises the errors that a canned response names", () => {
    const cases: [string, number, string | null][] = [
      ["litellm.RateLimitError", 429, "rate_limit_exceeded"],
      ["litellm.InternalServerError", 500, null],
      ["litellm.ContextWindowExceededError", 400, "context_length_exceeded"],
      ["litellm.ContentPolicyViolationError", 400, "content_policy_violation"],
      ["litellm.AuthenticationError", 401, "invalid_api_key"],
    ];
    for (const [response, status, code] of cases) {
      const recorder = new Bench().run({ response }, hello);
      assert.equal(recorder.status, status);
      assert.equal((JSON.parse(recorder.text) as { error: { code: string | null } }).error.code, code);
    }
  });

  it("holds back while paused, and then catches up in order", () => {
    const bench = new Bench();
    const recorder = bench.send({ outputTokens: 20 }, { ...hello, stream: true });
    recorder.wantsMore = false;
    bench.clock.advance(150);
    assert.equal(recorder.chunks.length, 1);
    assert.equal(bench.clock.pending, 0);
    recorder.exchange?.resume();
    assert.equal(recorder.chunks.length, 1, "called back from within resume");
    recorder.wantsMore = true;
    bench.clock.advance(0);
    assert.equal(recorder.chunks.length, 1 + 6);
    bench.clock.runAll();
    assert.ok(recorder.ended);
    assert.deepEqual(
      chunksOf(recorder)
        .map((chunk) => chunk.choices[0]?.delta?.content ?? "")
        .join(""),
      chunksOf(bench.run({ outputTokens: 20 }, { ...hello, stream: true }))
        .map((chunk) => chunk.choices[0]?.delta?.content ?? "")
        .join(""),
    );
  });

  it("goes on when asked to from within a chunk", () => {
    const bench = new Bench();
    const recorder = bench.send({ outputTokens: 5 }, { ...hello, stream: true });
    recorder.wantsMore = false;
    recorder.onChunk = () => recorder.exchange?.resume();
    bench.clock.runAll();
    assert.ok(recorder.ended);
  });

  it("stops for good when aborted, at any moment", () => {
    for (const elapsed of [0, 50, 105, 150]) {
      const bench = new Bench();
      const recorder = bench.send({ outputTokens: 20 }, { ...hello, stream: true });
      bench.clock.advance(elapsed);
      const before = recorder.chunks.length;
      recorder.exchange?.abort();
      recorder.exchange?.resume();
      assert.equal(bench.clock.pending, 0);
      bench.clock.runAll();
      assert.equal(recorder.chunks.length, before);
      assert.equal(recorder.ended, false);
    }
  });

  it("survives odd requests", () => {
    for (const body of [
      {},
      { messages: [] },
      { messages: "x" },
      { messages: [null] },
      { messages: [{ content: [{ type: "text", text: "a" }, { type: "image_url" }] }] },
      { max_tokens: -1 },
    ]) {
      assert.equal(new Bench().run({}, body).status, 200);
    }
  });
});
