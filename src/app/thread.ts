import { MessageChannel, type MessagePort, type Transferable } from "node:worker_threads";
import { packageVersion } from "../cli/kit/package-root.ts";
import { composeDoors } from "./doors.ts";
import { formatProblem } from "../config/load/config-problem.ts";
import type { LoadedConfig, LoadResult } from "../config/load/load-config.ts";
import { Router } from "../core/router/router.ts";
import { accessRouterShare } from "../core/router/router-share.ts";
import { createUpstream } from "./upstream.ts";
import { KeyRing } from "../auth/key-ring.ts";
import { systemClock } from "../lib/clock.ts";
import { watchEventLoopDelay } from "../lib/event-loop-delay.ts";
import { systemRandom } from "../lib/random.ts";
import { AccessLog } from "../telemetry/log/access-log.ts";
import { EventLog } from "../telemetry/log/event-log.ts";
import { createLog, type Log } from "../telemetry/log/log.ts";
import type { Tracing } from "../telemetry/traces/tracing.ts";
import { CountRelay } from "../threads/count-relay.ts";
import { LineRelay } from "../threads/line-relay.ts";
import type { ConfigInputs, FromThread, ThreadChange, ThreadStart, ToThread } from "../threads/messages.ts";
import { accessAuthThrottle } from "../auth/auth-throttle-share.ts";
import { PassOn } from "../threads/pass-on.ts";
import { PortStream } from "../threads/port-stream.ts";
import { ThreadLink } from "../threads/thread-link.ts";

export interface ThreadOptions {
  readonly start: ThreadStart;
  readonly port: MessagePort;
  readonly load: (inputs: ConfigInputs) => Promise<LoadResult>;
  readonly send: (message: FromThread, transfer?: readonly Transferable[]) => void;
}

/**
 * Serves as the first thread does, over the same books. What is not for callers (operating, metrics) is the first thread's: requests for it
 * are handed on, and what happens here is counted there. Resolves when it listens.
 */
export async function composeThread({ start, port, load, send }: ThreadOptions): Promise<void> {
  const clock = systemClock;
  const random = systemRandom;
  const config = configOf(await load(start.inputs));
  const lines = new LineRelay(clock, (gathered) => send({ kind: "logged", lines: gathered }));
  const log =
    start.logLevel === undefined ? undefined : createLog({ level: start.logLevel, secrets: config.secrets, clock, output: lines });
  const events = log === undefined ? undefined : new EventLog(log);
  const onInternalError = (error: unknown): void => events?.failed(error);
  // A fault in serving one caller must not take the others down: it is told, and the rest goes on.
  for (const event of ["uncaughtException", "unhandledRejection"] as const) process.on(event, onInternalError);
  const tracing = log === undefined ? undefined : await startTracing(config, log);
  const eventLoopDelay = watchEventLoopDelay();
  const counts = new CountRelay(clock, (records) => send({ kind: "counted", records }));
  const accessLog = log === undefined ? [] : [new AccessLog(log, config.telemetry.logContent)];
  const upstream = createUpstream(config, clock, random);
  const access = accessRouterShare(start.share, start.thread);
  // A thread may end in the middle of a user's strategy, with everybody waiting for it.
  process.on("exit", () => access.lock.abandon());
  const router = new Router({
    source: config.source,
    upstream,
    clock,
    random,
    observers: [counts, ...accessLog, ...(tracing?.observers ?? [])],
    access,
    refresh: () => link.refresh(),
    onInternalError,
  });
  const keyRing = new KeyRing(clock);
  let weights: ReadonlyMap<string, number> = new Map();
  /** The configuration that is to come. */
  let prepared: { readonly number: number; readonly config: LoadedConfig } | undefined;

  const apply = (change: ThreadChange): void => {
    const next = change.config === undefined ? undefined : prepared;
    if (next?.number !== change.config) {
      // It began between the preparation and this. The one in its place begins with what is in force now.
      process.exit(1);
    }
    weights = change.weights ?? weights;
    if (next !== undefined || change.weights !== undefined) router.apply({ source: next?.config.source, weights, states: undefined });
    if (change.keys !== undefined) keyRing.replace(change.keys);
    if (change.drain !== undefined) void drain(change.drain.graceMs, change.drain.delayMs);
    if (next === undefined) return;
    doors.adopt(next.config);
  };
  const link = new ThreadLink(start.epoch, start.changes, start.change.epoch, apply);
  const passOn = new PassOn(() => {
    const { port1, port2 } = new MessageChannel();
    send({ kind: "connect", port: port2 }, [port2]);
    return new PortStream(port1);
  });
  const doors = composeDoors({
    config,
    router,
    keyRing,
    operator: passOn.handle,
    clock,
    metricsPage: undefined,
    events,
    host: start.host,
    port: start.port,
    sharePort: "another",
    tls: start.tls,
    consoleFolder: start.consoleFolder,
    refresh: () => link.refresh(),
    onRefused: (refusal) => counts.refused(refusal),
    attempts: accessAuthThrottle(start.attempts, access.lock),
    onInternalError,
  });
  apply(start.change);

  port.on("message", (message: ToThread) => {
    switch (message.kind) {
      case "prepare":
        void prepare(message.config, message.inputs);
        return;
      case "flush":
        counts.flush();
        send({ kind: "flushed", id: message.id, delays: message.quantiles.length === 0 ? [] : eventLoopDelay.take(message.quantiles) });
        return;
      default:
        message satisfies never;
    }
  });

  async function prepare(number: number, inputs: ConfigInputs): Promise<void> {
    const { config: next, problems } = await load(inputs);
    // Before it is in force anywhere: the first thread waits for this.
    if (next !== undefined) log?.hide(next.secrets);
    if (next !== undefined) prepared = { number, config: next };
    send({ kind: "prepared", config: number, problem: next === undefined ? problems.map(formatProblem).join("\n") : undefined });
  }

  async function drain(graceMs: number, delayMs: number): Promise<void> {
    doors.rpc.drain();
    const dropped = await doors.server.drain(graceMs, delayMs);
    passOn.close();
    await upstream.destroy();
    await tracing?.stop();
    counts.flush();
    lines.flush();
    send({ kind: "drained", dropped });
  }

  await doors.server.listen();
  send({ kind: "listening" });
}

function configOf({ config, problems }: LoadResult): LoadedConfig {
  if (config === undefined) throw new Error(problems.map(formatProblem).join("\n"));
  return config;
}

async function startTracing({ telemetry }: LoadedConfig, log: Log): Promise<Tracing | undefined> {
  if (telemetry.otel === undefined) return undefined;
  // Only here: whoever does not use it does not load it.
  const { startOpenTelemetry } = await import("../telemetry/traces/otel.ts");
  return startOpenTelemetry({ settings: telemetry.otel, log, version: packageVersion(), clock: systemClock });
}
