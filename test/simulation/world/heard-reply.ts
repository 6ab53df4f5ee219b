import type { UpstreamExchange, UpstreamHeaders, UpstreamListener } from "../../../src/core/upstream.ts";
import type { VirtualClock } from "../../../src/lib/virtual-clock.ts";
import type { Backend } from "../../../src/simulation/world/backend.ts";
import type { CallWork } from "../../../src/simulation/world/simulated-call.ts";
import { readRecords } from "../../../src/simulation/world/wire.ts";

/** What was heard of one reply, with the moments. */
export interface HeardReply {
  status: number | undefined;
  headers: UpstreamHeaders;
  headAt: number | undefined;
  /** By progress: when, and how many tokens there were by then. */
  readonly progress: [at: number, tokens: number][];
  usage: number | undefined;
  endAt: number | undefined;
  failure: string | undefined;
  exchange: UpstreamExchange | undefined;
}

/** Sends work to a backend and keeps what comes back. */
export function sendWork(backend: Backend, clock: VirtualClock, work: Partial<CallWork> = {}, isStream = true): HeardReply {
  const heard: HeardReply = {
    status: undefined,
    headers: {},
    headAt: undefined,
    progress: [],
    usage: undefined,
    endAt: undefined,
    failure: undefined,
    exchange: undefined,
  };
  let tokens = 0;
  const listener: UpstreamListener = {
    onHead(status, headers) {
      Object.assign(heard, { status, headers, headAt: clock.now() });
    },
    onData(chunk) {
      readRecords(chunk, (kind, first) => {
        if (kind === "end") heard.usage = first;
        else heard.progress.push([clock.now(), (tokens += first)]);
      });
      return true;
    },
    onEnd() {
      heard.endAt = clock.now();
    },
    onFailure({ kind }) {
      heard.failure = kind;
      heard.endAt = clock.now();
    },
  };
  heard.exchange = backend.send(
    {
      method: "POST",
      origin: "",
      path: "",
      headers: {},
      body: [],
      deploymentId: "a",
      work: { promptTokens: 100, outputTokens: 10, blocks: [], ...work },
      isStream,
    },
    listener,
  );
  return heard;
}

/** Lets time go on to a moment. */
export function goOnTo(clock: VirtualClock, end: number): void {
  while (clock.step(end)) {
    // Each step runs one task.
  }
}
