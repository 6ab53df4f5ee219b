import type { UpstreamExchange, UpstreamHeaders, UpstreamListener } from "../../core/upstream.ts";
import type { Clock } from "../../lib/clock.ts";

/** How long a host takes to say no, in milliseconds. */
export const refusalMs = 20;

/** Answers a request with a status alone, after the time that a host takes to say no. */
export function sendRefusal(clock: Clock, listener: UpstreamListener, status: number, headers: UpstreamHeaders): UpstreamExchange {
  const timer = clock.schedule(refusalMs, () => {
    listener.onHead(status, headers, true);
    listener.onEnd();
  });
  return { abort: () => clock.cancel(timer), resume: () => {} };
}
