/**
 * What listening costs: the core's CPU time for one call that goes well, with nobody listening, and with metrics, statistics, the log and
 * traces, as ratios beside each other in one run. No sockets, no JSON of requests. `node bench/telemetry.ts`.
 */
import { openSync } from "node:fs";
import { Secrets } from "../src/config/secrets/secrets.ts";
import type { RouterObserver } from "../src/core/observer.ts";
import type { ReplySink } from "../src/core/reply-sink.ts";
import { Router } from "../src/core/router/router.ts";
import type { Upstream } from "../src/core/upstream.ts";
import { systemClock } from "../src/lib/clock.ts";
import { seededRandom } from "../src/lib/random.ts";
import { uniqueId } from "../src/lib/unique-id.ts";
import { AccessLog } from "../src/telemetry/log/access-log.ts";
import { CallCounts } from "../src/telemetry/metrics/call-counts.ts";
import { PrefixHashes } from "../src/telemetry/log/prefix-hashes.ts";
import { createLog } from "../src/telemetry/log/log.ts";
import { LogOutput } from "../src/telemetry/log/log-output.ts";
import { startOpenTelemetry } from "../src/telemetry/traces/otel.ts";
import { StatsRecorder } from "../src/telemetry/metrics/stats-recorder.ts";
import { callOf, deployment, tableSource } from "../test/support/core-fixture.ts";
import { median, spread } from "./support/statistics.ts";

const calls = 50_000;
const rounds = 9;
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

function routerWith(observers: readonly RouterObserver[]): Router {
  return new Router({
    source: tableSource(["a", "b", "c"].map((id) => deployment(id, { rpm: 1e9, inputCostPerToken: 1e-6, outputCostPerToken: 1e-6 }))),
    upstream,
    clock: systemClock,
    random: seededRandom(1),
    observers,
    onInternalError: (error) => console.error(error),
  });
}

/** As many secrets as a configuration of a hundred deployments has. */
const secrets = new Secrets();
for (let count = 0; count < 100; count++) secrets.remember(`key-of-deployment-${count}-0123456789abcdef`);
const output = new LogOutput({ format: "json", fd: openSync("/dev/null", "w"), colours: false, clock: systemClock });
const log = createLog({ level: "info", secrets, clock: systemClock, output });
const unreachable = { url: "http://127.0.0.1:9", headers: {} };

function tracing(ratio: number): readonly RouterObserver[] {
  const settings = { traces: unreachable, metrics: unreachable, resource: {}, sampler: { ratio, parentBased: true } };
  return startOpenTelemetry({ settings, log, clock: systemClock, version: "0" }).observers;
}

const idle = routerWith([]);
const counts = new CallCounts();
const stats = new StatsRecorder(systemClock, () => idle);
const bare = { content: false, calibration: false, prefixes: undefined };
const withPrefixes = new AccessLog(log, { content: false, calibration: true, prefixes: new PrefixHashes("sk-bench-0123456789") });
const accessLog = new AccessLog(log, { content: false, calibration: true, prefixes: undefined });
const kinds: readonly (readonly [name: string, router: Router])[] = [
  ["nobody listens", idle],
  ["metrics", routerWith([counts])],
  ["metrics, statistics", routerWith([counts, stats])],
  ["that, log without calibration", routerWith([counts, stats, new AccessLog(log, bare)])],
  ["metrics, statistics, log", routerWith([counts, stats, accessLog])],
  ["that, hashes of prompts", routerWith([counts, stats, withPrefixes])],
  ["all that, and traces of 1 %", routerWith([counts, stats, accessLog, ...tracing(0.01)])],
  ["all that, and all traces", routerWith([counts, stats, accessLog, ...tracing(1)])],
];

/** CPU microseconds of this process for one call. */
async function run(router: Router): Promise<number> {
  const before = process.cpuUsage();
  await new Promise<void>((resolve, reject) => {
    let left = calls;
    const begin = (): void => void router.start(callOf({ id: uniqueId() }), sink);
    const next = (): void => {
      // As in a server: now and then there is time for other work, such as writing the log.
      if (left-- <= 0) resolve();
      else if (left % 100 === 0) setImmediate(begin);
      else begin();
    };
    const sink: ReplySink = { onReply: next, onFailure: reject, onStreamStart: () => {}, onStreamEvent: () => true, onStreamEnd: () => {} };
    next();
  });
  const { user, system } = process.cpuUsage(before);
  return (user + system) / calls;
}

const samples = kinds.map((): number[] => []);
for (const [, router] of kinds) await run(router);
for (let round = 0; round < rounds; round++) for (const [index, [, router]] of kinds.entries()) samples[index]?.push(await run(router));

console.log(
  `node ${process.version}; CPU microseconds for one call in the core, median (lowest … highest) of ${rounds} rounds of ${calls}`,
);
const [base = []] = samples;
for (const [index, [name]] of kinds.entries()) {
  const own = samples[index] ?? [];
  const added = median(own.map((micros, round) => micros - (base[round] ?? 0)));
  console.log(`${name.padEnd(28)} ${spread(own, 2).padStart(22)}   +${added.toFixed(2)}   x ${(median(own) / median(base)).toFixed(2)}`);
}
process.exit();
