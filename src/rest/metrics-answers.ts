import { operatorRefusal, type Caller } from "../auth/caller.ts";
import type { Exchange } from "./exchange.ts";

/** The metrics, and who may see them. */
export interface MetricsAccess {
  /** Whether anyone may see them, also where a key is asked for. */
  readonly isOpen: boolean;
  /** The page as it is at this moment. */
  page(): Promise<{ readonly contentType: string; readonly body: string }>;
}

/** Sends the page of metrics to a caller that may see it. */
export function answerMetrics(exchange: Exchange, caller: Caller, metrics: MetricsAccess): void {
  const refusal = operatorRefusal(caller);
  if (refusal !== undefined) {
    exchange.sendError(refusal);
    return;
  }
  metrics.page().then(
    ({ contentType, body }) =>
      exchange.guard(() => {
        exchange.writeHead(200, { "content-type": contentType, "content-length": Buffer.byteLength(body) });
        exchange.end(body);
      }),
    (error: unknown) =>
      exchange.guard(() => {
        throw error;
      }),
  );
}
