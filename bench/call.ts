/**
 * What the core alone costs for one call that goes well, in nanoseconds of CPU time: resolving, picking, reserving, settling. No sockets, no JSON.
 * `node bench/call.ts [--quick] [--json]`. Run it in two checkouts, in turns, to compare them.
 */
import type { CallHandle, ReplySink } from "../src/core/reply-sink.ts";
import { Router } from "../src/core/router/router.ts";
import type { Upstream } from "../src/core/upstream.ts";
import { systemClock } from "../src/lib/clock.ts";
import { seededRandom } from "../src/lib/random.ts";
import { callOf, deployment, tableSource } from "../test/support/core-fixture.ts";
import { cpuMicrosSince } from "./support/cpu-since.ts";
import { spread } from "./support/statistics.ts";

const quick = process.argv.includes("--quick");
const calls = quick ? 30_000 : 100_000;
const body = Buffer.from('{"model":"u","usage":{"prompt_tokens":10,"completion_tokens":20}}');

/** Answers every request in the next microtask. */
const upstream: Upstream = {
  send(_request, listener) {
    queueMicrotask(() => {
      listener.onHead(200, {});
      listener.onData(body);
      listener.onEnd();
    });
    return { abort: () => {}, resume: () => {} };
  },
};

const router = new Router({
  source: tableSource(["a", "b", "c"].map((id) => deployment(id, { rpm: 1e9 }))),
  upstream,
  clock: systemClock,
  random: seededRandom(1),
  onInternalError: (error) => console.error(error),
});

function run(): Promise<number> {
  return new Promise((resolve, reject) => {
    const call = callOf({});
    const begun = process.cpuUsage();
    let left = calls;
    const next = (): CallHandle | undefined => {
      if (left-- > 0) return router.start(call, sink);
      resolve((cpuMicrosSince(begun) * 1_000) / calls);
      return undefined;
    };
    const sink: ReplySink = { onReply: next, onFailure: reject, onStreamStart: () => {}, onStreamEvent: () => true, onStreamEnd: () => {} };
    next();
  });
}

await run();
const rounds: number[] = [];
for (let round = 0; round < (quick ? 3 : 7); round++) rounds.push(await run());
if (process.argv.includes("--json")) console.log(JSON.stringify(rounds));
else console.log(`node ${process.version}; ns for one call in the core: ${spread(rounds, 0)}`);
