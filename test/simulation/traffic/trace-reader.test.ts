import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { type Trace, type TracedCall, TraceReader } from "../../../src/simulation/traffic/trace-reader.ts";

function readAll(...lines: readonly string[]): Trace {
  const reader = new TraceReader();
  for (const line of lines) reader.push(line);
  return reader.end();
}

function read(...lines: readonly string[]): readonly TracedCall[] {
  return readAll(...lines).calls;
}

const mooncake = '{"timestamp": 1, "input_length": 1, "output_length": 1}';

function accessLine(time: string, prefixes: string): string {
  return `{"level":"info","time":"${time}","kind":"access","call_id":"x","stream":true,"session":"s","prompt_tokens":400,"output_tokens":9,"total_ms":1500,"prefixes":${prefixes}}`;
}

describe("a trace", () => {
  it("of Azure is read", () => {
    const calls = read(
      "TIMESTAMP,ContextTokens,GeneratedTokens",
      "2023-11-16 18:15:46.6805900,374,44\r",
      "2023-11-16 18:15:50.9951690,396,109",
    );
    assert.deepEqual(
      calls.map(({ at, promptTokens, outputTokens }) => [at, promptTokens, outputTokens]),
      [
        [0, 374, 44],
        [4_315, 396, 109],
      ],
    );
  });

  it("of Mooncake is read, its blocks in sixteenths of what they were", () => {
    const [first, second] = read(
      '{"timestamp": 27482, "input_length": 1000, "output_length": 52, "hash_ids": [46, 47]}',
      '{"timestamp": 30535, "input_length": 600, "output_length": 26, "hash_ids": [46, 98]}',
    );
    assert.deepEqual([first?.at, second?.at, first?.blocks?.length], [0, 3_053, 64]);
    assert.deepEqual(first?.blocks?.slice(0, 32), second?.blocks?.slice(0, 32));
    assert.notEqual(first?.blocks?.[32], second?.blocks?.[32]);
  });

  it("of this program's log is read: moments are when calls came, and calls begin alike where their hashes do", () => {
    const [first, second] = read(
      '{"level":"info","time":"2026-01-02T03:04:00.000Z","kind":"started"}',
      accessLine("2026-01-02T03:04:05.000Z", '["aaaa","bbbb","cccc"]'),
      '{"level":"warn","time":"2026-01-02T03:04:05.500Z","kind":"access","code":"timeout"}',
      accessLine("2026-01-02T03:04:06.000Z", '["aaaa","bbbb","dddd"]'),
    );
    assert.deepEqual([first?.at, second?.at, first?.session, first?.stream], [0, 1_000, "s", true]);
    const shared = first?.blocks?.filter((block, index) => block === second?.blocks?.[index]).length ?? 0;
    assert.deepEqual([shared, first?.blocks?.length], [12, 18]);
  });

  for (const [format, lines] of [
    ["CSV", ["request_id,startTime,prompt_tokens,completion_tokens,api_key", '"a,b",2026-01-02 03:04:05.250,12,34,k1']],
    [
      "JSON lines",
      ['{"request_id":"a","startTime":"2026-01-02T03:04:05.25+00:00","prompt_tokens":12,"completion_tokens":34,"api_key":"k1"}'],
    ],
  ] as const) {
    it(`of LiteLLM's spend logs is read from ${format}`, () => {
      const [call] = read(...lines);
      assert.deepEqual([call?.promptTokens, call?.outputTokens, call?.tenant], [12, 34, "k1"]);
    });
  }

  it("has lines left out that a crash cut, and says how many", () => {
    assert.deepEqual(readAll(mooncake).leftOut, undefined);
    assert.equal(readAll(mooncake, '{"timest').leftOut, "1 line was left out: line 2 is not valid JSON");
    const many = readAll(
      "TIMESTAMP,ContextTokens,GeneratedTokens",
      "yesterday,1,1",
      "x",
      ...Array.from({ length: 30 }, () => "2023-11-16 18:15:46,1,1"),
    );
    assert.deepEqual([many.calls.length, many.leftOut], [30, "2 lines were left out: line 2 has no moment that can be read"]);
  });

  const faults: readonly (readonly [readonly string[], RegExp])[] = [
    [["a,b,c"], /^line 1 is of no trace that is known/],
    [["TIMESTAMP,ContextTokens,GeneratedTokens", "2023-11-16 18:15:46,many,1"], /^line 2 has numbers of tokens that cannot be/],
    [["TIMESTAMP,ContextTokens,GeneratedTokens", "yesterday,1,1"], /^line 2 has no moment/],
    [[mooncake, "{", '{"a": 1}'], /^line 2 is not valid JSON; 2 lines in all/],
    [[...Array.from({ length: 29 }, () => mooncake), "{", "{", "{"], /^line 30 is not valid JSON; 3 lines in all/],
    [["TIMESTAMP,ContextTokens,GeneratedTokens"], /^the trace has no calls/],
  ];
  for (const [lines, expected] of faults) {
    it(`is refused: ${expected.source}`, () => {
      assert.throws(() => read(...lines), { message: expected });
    });
  }
});
