import { MessageChannel, type MessagePort, type Transferable } from "node:worker_threads";
import { accessAuthThrottle } from "../auth/auth-throttle-share.ts";
import { packageVersion } from "../lib/package-root.ts";
import { formatProblem } from "../config/load/config-problem.ts";
import type { LoadedConfig, LoadResult } from "../config/load/load-config.ts";
import { accessRouterShare } from "../core/router/router-share.ts";
import { systemClock } from "../lib/clock.ts";
import { watchEventLoopDelay, type EventLoopDelay } from "../lib/event-loop-delay.ts";
import { systemRandom } from "../lib/random.ts";
import { EventLog } from "../telemetry/log/event-log.ts";
import { RecentCallRing } from "../telemetry/history/recent-calls.ts";
import { createLog, type Log } from "../telemetry/log/log.ts";
import type { Tracing } from "../telemetry/traces/tracing.ts";
import { CountRelay } from "../threads/count-relay.ts";
import { LineRelay } from "../threads/line-relay.ts";
import type { ConfigInputs, FromThread, ThreadChange, ThreadStart, ToThread } from "../threads/messages.ts";
import { PassOn } from "../threads/pass-on.ts";
import { PortStream } from "../threads/port-stream.ts";
import { ThreadLink } from "../threads/thread-link.ts";
import { composeInbound } from "./inbound.ts";
import { composeRouting, type Routing } from "./routing.ts";

interface ThreadOptions {
  readonly start: ThreadStart;
  readonly port: MessagePort;
  readonly load: (inputs: ConfigInputs) => Promise<LoadResult>;
  readonly send: (message: FromThread, transfer?: readonly Transferable[]) => void;
}

/**
 * The composition root of a thread beside the first one. It serves as the first one does, and counts in the same memory. Requests that are
 * not for callers (operating, metrics) are handed to the first thread, which is also told of what is counted here. Resolves when it listens.
 */
export async function composeThread({ start, port, load, send }: ThreadOptions): Promise<void> {
  const clock = systemClock;
  const config = configOf(await load(start.inputs));
  const lines = new LineRelay(clock, (gathered) => send({ kind: "logged", lines: gathered }));
  const { logLevel: level, share } = start;
  const log = level === undefined ? undefined : createLog({ level, secrets: config.secrets, clock, output: lines });
  const events = log === undefined ? undefined : new EventLog(log);
  const onInternalError = (error: unknown): void => events?.failed(error);
  // A fault in serving one caller must not take the others down: it is logged, and the rest goes on.
  for (const event of ["uncaughtException", "unhandledRejection"] as const) process.on(event, onInternalError);
  const tracing = log === undefined ? undefined : await startTracing(config, log);
  const eventLoopDelay = watchEventLoopDelay(clock, start.threads);
  const counts = new CountRelay(clock, (records) => send({ kind: "counted", records }));
  const recent = new RecentCallRing(config.telemetry.recentCalls);
  const access = accessRouterShare(share, start.thread);
  // A thread may end in the middle of a user's strategy while all others wait for the lock that it holds.
  process.on("exit", () => access.lock.abandon());
  const link = new ThreadLink(start.epoch, start.changes, start.change.epoch);
  const refresh = (): void => link.refresh();
  const observers = [counts, recent];
  const routing = composeRouting({ config, clock, random: systemRandom, observers, log, tracing, access, refresh, onInternalError });
  counts.followShadows(() => routing.router.takeShadowCounts());
  const passOn = new PassOn(() => connectToFirst(send));
  const inbound = composeInbound({
    routing,
    operator: passOn.handle,
    clock,
    ids: { secret: start.idSecret, shelf: start.shelf, thread: start.thread },
    events,
    listen: start,
    sharePort: "another",
    refresh,
    onRefused: (refusal) => counts.refused(refusal),
    attempts: accessAuthThrottle(start.attempts, access.lock),
    onInternalError,
  });
  const follower = new FirstThreadFollower(routing, load);
  const drain = async ({ graceMs, delayMs }: NonNullable<ThreadChange["drain"]>): Promise<void> => {
    inbound.rpc.drain();
    const dropped = await inbound.server.drain(graceMs, delayMs);
    passOn.close();
    routing.credentials.end();
    await routing.upstream.destroy();
    eventLoopDelay.stop();
    await tracing?.stop();
    counts.flush();
    lines.flush();
    send({ kind: "drained", dropped });
  };
  const apply = (change: ThreadChange): void => {
    follower.apply(change);
    if (change.drain !== undefined) void drain(change.drain);
  };
  link.begin(apply);
  apply(start.change);

  port.on("message", (message: ToThread) => {
    switch (message.kind) {
      case "prepare":
        void follower
          .prepare(message.config, message.inputs)
          .then((problem) => send({ kind: "prepared", config: message.config, problem }));
        return;
      case "tls":
        inbound.server.renewTls(message.tls);
        return;
      case "flush":
        counts.flush();
        send(flushed(message, eventLoopDelay, recent));
        return;
      default:
        message satisfies never;
    }
  });
  await routing.credentials.begin();
  // It may have been told to stop while it began.
  if (inbound.server.draining) return;
  await inbound.server.listen();
  send({ kind: "listening" });
}

/** Opens a connection to the first thread. */
function connectToFirst(send: ThreadOptions["send"]): PortStream {
  const { port1, port2 } = new MessageChannel();
  send({ kind: "connect", port: port2 }, [port2]);
  return new PortStream(port1);
}

function flushed(
  { id, quantiles, calls }: Extract<ToThread, { readonly kind: "flush" }>,
  eventLoopDelay: EventLoopDelay,
  recent: RecentCallRing,
): FromThread {
  const delays = quantiles.length === 0 ? [] : eventLoopDelay.take(quantiles);
  return { kind: "flushed", id, delays, calls: calls === undefined ? [] : recent.find(calls) };
}

/** Brings into force on a thread what is in force on the first one. */
class FirstThreadFollower {
  readonly #inForce: Routing["inForce"];
  readonly #load: ThreadOptions["load"];
  /** The configuration to come. */
  #prepared: { readonly number: number; readonly config: LoadedConfig } | undefined;

  constructor({ inForce }: Routing, load: ThreadOptions["load"]) {
    this.#inForce = inForce;
    this.#load = load;
  }

  /** @returns What is wrong with the configuration. Undefined when it may come into force. */
  async prepare(number: number, inputs: ConfigInputs): Promise<string | undefined> {
    const { config, problems } = await this.#load(inputs);
    if (config === undefined) return problems.map(formatProblem).join("\n");
    await this.#inForce.prepare(config);
    this.#prepared = { number, config };
    return undefined;
  }

  apply({ config: number, weights, keys }: ThreadChange): void {
    const next = number === undefined ? undefined : this.#prepared;
    if (next?.number !== number) {
      // The thread began between the preparation and this. The one in its place begins with what is in force now.
      process.exit(1);
    }
    this.#inForce.put({ config: next?.config, weights, keys });
  }
}

function configOf({ config, problems }: LoadResult): LoadedConfig {
  if (config === undefined) throw new Error(problems.map(formatProblem).join("\n"));
  return config;
}

async function startTracing({ telemetry }: LoadedConfig, log: Log): Promise<Tracing | undefined> {
  if (telemetry.otel === undefined) return undefined;
  // Loaded only where it is configured.
  const { startOpenTelemetry } = await import("../telemetry/traces/otel.ts");
  return startOpenTelemetry({ settings: telemetry.otel, log, version: packageVersion(), clock: systemClock });
}
