import { keyOf, type Caller } from "../auth/caller.ts";
import type { CallRouter } from "../core/call-router.ts";
import { RouterError } from "../core/errors.ts";
import type { Call } from "../core/call.ts";
import type { AnsweredAlone, CallerFormat, CallMethod, CallRoute } from "../core/format.ts";
import type { Intake } from "../core/intake.ts";
import type { PinnedIds } from "../core/pinned-ids.ts";
import type { CallHandle } from "../core/reply-sink.ts";
import { headerReader, readTraceContext, wantsTrace, withCallHeaders } from "../inbound/call-headers.ts";
import type { Cors } from "../inbound/cors.ts";
import type { Clock } from "../lib/clock.ts";
import { readBodyCoding, takenCodings } from "./body-coding.ts";
import { checkBodyType, checkFormType, checkNoBody } from "./check-body-type.ts";
import type { Exchange } from "./exchange.ts";
import { HttpSink, sendAlone } from "./http-sink.ts";
import { readBody } from "./read-body.ts";

interface CallAnswersOptions {
  readonly router: CallRouter;
  readonly clock: Clock;
  /** The largest request body in bytes. It is read for each request, because a reload may change it. */
  readonly maxBodyBytes: number;
  readonly cors?: Cors | undefined;
  readonly ids: PinnedIds;
}

const noBody: readonly Buffer[] = [];

/** @returns Reads the body of a call of a model, starts the call, and sends what comes of it. */
export function createCallAnswers(options: CallAnswersOptions): (exchange: Exchange, route: CallRoute, caller: Caller) => void {
  const { router, cors } = options;

  return (exchange, route, caller) => {
    const { headers } = exchange.request;
    const isUnread = route.body === "none";
    const fromUnknownPage = headers.origin !== undefined && cors?.(headers.origin) === undefined;
    const wrongType = isUnread
      ? checkNoBody(exchange.request.method, headers, fromUnknownPage)
      : route.body === "form"
        ? checkFormType(headers, fromUnknownPage)
        : checkBodyType(headers, fromUnknownPage);
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
    const onBody = (body: readonly Buffer[]) => {
      handle = start(exchange, { route, caller, intake, body }, options);
    };
    if (isUnread) onBody(noBody);
    else readBody(exchange, { limitBytes: options.maxBodyBytes, coding, intake }, onBody);
  };
}

interface ReadRequest {
  readonly route: CallRoute;
  readonly caller: Caller;
  readonly intake: Intake;
  readonly body: readonly Buffer[];
}

/** @returns Undefined where the request was refused. */
function start(
  exchange: Exchange,
  { route, caller, intake, body }: ReadRequest,
  { router, clock, ids }: CallAnswersOptions,
): CallHandle | undefined {
  const { callId } = exchange;
  const { headers, method, url = "" } = exchange.request;
  const header = headerReader(headers);
  const query = url.indexOf("?");
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
    http: { method: method as CallMethod, query: query === -1 ? "" : url.slice(query), kept: route.kept, ids },
    headers,
  });
  const call = read.ok ? withCallHeaders(read.value, header, () => Object.keys(headers)) : read.error;
  if (call instanceof RouterError) {
    intake.release();
    exchange.refuse(call);
    return undefined;
  }
  const alone = aloneAnswer(route.caller, call, router);
  if (alone !== undefined && !alone.hasNative) {
    intake.release();
    sendAlone(exchange, alone.answer());
    return undefined;
  }
  const sink = new HttpSink(exchange, call, route.caller, { withTrace: wantsTrace(header), ids, alone: alone?.answer });
  const handle = router.start(call, sink);
  if (call.stream) {
    exchange.onDrain(() => {
      sink.onDrain();
      handle.resume();
    });
  }
  return handle;
}

/** Bytes of a prompt for each token, where nothing is known. */
const usualBytes = 4;

/**
 * How to answer a call that the format's own deployments alone can serve, where its key may call the name. Undefined for all other calls.
 * `hasNative` says whether the name leads to such a deployment, which is asked first.
 */
function aloneAnswer(
  format: CallerFormat,
  call: Call,
  router: CallRouter,
): { readonly hasNative: boolean; readonly answer: () => AnsweredAlone } | undefined {
  const { answerAlone } = format;
  if (call.foreign?.onlyNative !== true || answerAlone === undefined || call.caller?.allows(call.model) === false) return undefined;
  const served = router.behind(call.model);
  const [first] = served;
  if (first === undefined) return undefined;
  const tokensOf = (bytes: number): number => first.tokensOf?.(bytes) ?? Math.ceil(bytes / usualBytes);
  const hasNative = served.some(({ deployment }) => deployment.adapter.replyFormat(call) === call.format);
  return { hasNative, answer: () => answerAlone(call, tokensOf) };
}
