import type { OpenStreamsResult } from "../load/jobs.ts";
import type { Bench, Contestant } from "../support/bench.ts";
import { chatBody } from "../support/chat-request.ts";
import { Sheet } from "../support/sheet.ts";
import { quantile } from "../support/statistics.ts";
import type { Lane } from "./lane.ts";

const promptBytes = 150;

interface Paced {
  readonly streams: number;
  readonly chunks: number;
  readonly paceMs: number;
  /** How many streams each connection has, one after the other. */
  readonly repeats: number;
  /** From the first stream's begin to the last one's. */
  readonly rampMs: number;
}

/**
 * The rates are what load and upstream can bear on one core, with room, and each target on its own: chunks of 2,000 streams cost even the bare
 * proxy 50 µs each, so that one each 100 ms would fill its core, and the times would tell who is full first.
 */
const inFull = { burst: [50, 2_000], paced: [paced(50, 64, 5, 8, 320), paced(2_000, 32, 200, 1, 4_000)] };
const inQuick = { burst: [50], paced: [paced(50, 64, 5, 2, 100), paced(500, 16, 50, 1, 200)] };

function paced(streams: number, chunks: number, paceMs: number, repeats: number, rampMs: number): Paced {
  return { streams, chunks, paceMs, repeats, rampMs };
}

const firstChunkShares = [
  { label: "median", share: 0.5 },
  { label: "p99", share: 0.99 },
];

/** By the end of the measure's name. */
const bounds = [
  { end: "CPU per chunk", beside: "bare-json", atMost: 1.3 },
  { end: "added, p99", beside: "bare-json", atMost: 2 },
  { end: "lost chunks", beside: undefined, atMost: 0 },
];

export const streams: Lane = {
  name: "streams",
  title: "Streams over REST",
  async run(bench) {
    const sheet = new Sheet();
    const all = await bench.contestants("rest");
    const able = all.filter(({ cannotStream }) => cannotStream === undefined);
    const contestants = bench.quick ? able.filter(({ name }) => name === "huntgroup" || name === "bare-json") : able;
    const plan = bench.quick ? inQuick : inFull;
    for (const concurrency of plan.burst) await inBursts(bench, contestants, sheet, concurrency);
    for (const scenario of plan.paced) await inPace(bench, contestants, sheet, scenario);
    const goals = sheet.measures.flatMap(({ name }) => {
      const bound = bounds.find(({ end }) => name.endsWith(end));
      return bound === undefined ? [] : [{ measure: name, target: "huntgroup", beside: bound.beside, atMost: bound.atMost }];
    });
    const notes = all.flatMap(({ name, cannotStream }) => (cannotStream === undefined ? [] : [`Not asked: ${name}: ${cannotStream}.`]));
    return { sheet, goals, notes };
  },
};

/** Each stream's 64 chunks arrive in one piece, which is the cheapest for whoever passes on bytes. */
async function inBursts(bench: Bench, contestants: readonly Contestant[], sheet: Sheet, concurrency: number): Promise<void> {
  const measure = { name: `64 chunks in a burst, ${count(concurrency)} streams: CPU per chunk`, unit: "µs", digits: 2 };
  const body = chatBody(promptBytes, { chunks: 64, paceMs: 0 });
  await bench.alternate(contestants, async ({ name, rest, pid }, warmingUp) => {
    if (rest === undefined) return;
    const job = { endpoint: rest, pid, body, concurrency, durationMs: bench.spanMs, chunks: 64 };
    const { count, cpuMicros } = await bench.load.run("closedLoop", job);
    if (!warmingUp) sheet.add(measure, name, cpuMicros / count / 64);
  });
}

async function inPace(bench: Bench, contestants: readonly Contestant[], sheet: Sheet, scenario: Paced): Promise<void> {
  const { chunks, paceMs, ...rest } = scenario;
  const job = { ...rest, chunks, body: chatBody(promptBytes, { chunks, paceMs }) };
  const direct = { name: "direct", rest: bench.direct, pid: undefined };
  const results = new Map<string, OpenStreamsResult[]>();
  await bench.alternate([direct, ...contestants], async ({ name, rest, pid }, warmingUp) => {
    if (rest === undefined) return;
    const result = await bench.load.run("openStreams", { ...job, endpoint: rest, pid });
    if (!warmingUp) results.set(name, [...(results.get(name) ?? []), result]);
  });
  const title = `${chunks} chunks, one each ${paceMs} ms, ${count(scenario.streams)} streams`;
  const baseline = results.get(direct.name) ?? [];
  for (const [name, rounds] of results) {
    for (const [round, { count, cpuMicros, firstChunkMs, largestGapMs, lostChunks }] of rounds.entries()) {
      const isDirect = name === direct.name;
      if (!isDirect) sheet.add({ name: `${title}: CPU per chunk`, unit: "µs", digits: 2 }, name, cpuMicros / count / chunks);
      for (const { label, share } of firstChunkShares) {
        const passed = quantile(firstChunkMs, share);
        const measure = { name: `${title}: time to first chunk${isDirect ? "" : " added"}, ${label}`, unit: "ms", digits: 2 };
        sheet.add(measure, name, isDirect ? passed : passed - quantile(baseline[round]?.firstChunkMs ?? [], share));
      }
      sheet.add({ name: `${title}: longest wait between two chunks`, unit: "ms", digits: 0 }, name, largestGapMs);
      sheet.add({ name: `${title}: lost chunks`, unit: "", digits: 0 }, name, lostChunks);
    }
  }
}

function count(number: number): string {
  return number.toLocaleString("en");
}
