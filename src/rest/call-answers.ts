import { keyOf, type Caller } from "../auth/caller.ts";
import type { CallRouter } from "../core/call-router.ts";
import { RouterError } from "../core/errors.ts";
import type { CallRoute } from "../core/format.ts";
import type { CallHandle } from "../core/reply-sink.ts";
import { headerReader, readTraceContext, wantsTrace, withCallHeaders } from "../inbound/call-headers.ts";
import type { Cors } from "../inbound/cors.ts";
import type { Clock } from "../lib/clock.ts";
import { readBodyCoding, takenCodings } from "./body-coding.ts";
import { checkBodyType } from "./check-body-type.ts";
import type { Exchange } from "./exchange.ts";
import { HttpSink } from "./http-sink.ts";
import { readBody } from "./read-body.ts";

interface CallAnswersOptions {
  readonly router: CallRouter;
  readonly clock: Clock;
  /** The largest request body in bytes. It is read for each request, because a reload may change it. */
  readonly maxBodyBytes: number;
  readonly cors?: Cors | undefined;
}

/** @returns Reads the body of a call of a model, starts the call, and sends what comes of it. */
export function createCallAnswers(options: CallAnswersOptions): (exchange: Exchange, route: CallRoute, caller: Caller) => void {
  const { router, clock, cors } = options;

  return (exchange, route, caller) => {
    const { headers } = exchange.request;
    const wrongType = checkBodyType(headers, headers.origin !== undefined && cors?.(headers.origin) === undefined);
    if (wrongType !== undefined) {
      exchange.refuse(new RouterError("invalid_request", wrongType), 415);
      return;
    }
    const coding = readBodyCoding(headers["content-encoding"]);
    if (typeof coding === "object") {
      exchange.refuse(new RouterError("invalid_request", coding.refused), 415, { "accept-encoding": takenCodings });
      return;
    }
    const intake = router.intake();
    let handle: CallHandle | undefined;
    exchange.onClose(() => {
      // After a response that went out whole, this does nothing.
      handle?.cancel();
      intake.release();
    });
    const limited = intake.enter(keyOf(caller));
    if (limited !== undefined) {
      exchange.refuse(limited);
      return;
    }
    readBody(exchange, { limitBytes: options.maxBodyBytes, coding, intake }, (body) => {
      const { callId } = exchange;
      const header = headerReader(headers);
      const read = route.caller.readCall(body, {
        endpoint: route.endpoint,
        operation: route.operation,
        pathModel: route.model,
        callId,
        now: clock.now(),
        inboundProtocol: "rest",
        caller: keyOf(caller),
        intake,
        traceContext: readTraceContext(header),
        headers,
      });
      const call = read.ok ? withCallHeaders(read.value, header, () => Object.keys(headers)) : read.error;
      if (call instanceof RouterError) {
        intake.release();
        exchange.refuse(call);
        return;
      }
      const sink = new HttpSink(exchange, call, route.caller, wantsTrace(header));
      const begun = router.start(call, sink);
      handle = begun;
      if (!call.stream) return;
      exchange.onDrain(() => {
        sink.onDrain();
        begun.resume();
      });
    });
  };
}
