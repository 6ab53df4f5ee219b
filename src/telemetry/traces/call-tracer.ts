import { ROOT_CONTEXT, SpanKind, SpanStatusCode, trace, type Attributes, type Context, type Span, type Tracer } from "@opentelemetry/api";
import type { Call } from "../../core/call.ts";
import { toldUsd } from "../../core/keys/told-usd.ts";
import type { AttemptObserver, AttemptRecord, AttemptStart, CallObserver, CallRecord, RouterObserver } from "../../core/observer.ts";
import type { Clock } from "../../lib/clock.ts";
import { parseHttpAddress } from "../../lib/http-address.ts";
import { genAi, operationOf, providerOf } from "./gen-ai-names.ts";
import { readTraceParent, traceHeaders } from "./trace-parent.ts";
import { cutText } from "../../lib/cut-text.ts";

/**
 * Makes a span for each call, below the caller's own where it names one, and below that a span for each attempt, with which the trace goes on
 * at the deployment. Spans hold nothing of prompts, answers or providers' own words.
 */
export class CallTracer implements RouterObserver {
  readonly #tracer: Tracer;
  readonly #clock: Clock;
  readonly #clean: (name: string) => string;

  /** @param clean Takes secrets out of a name that a caller has chosen. */
  constructor(tracer: Tracer, clock: Clock, clean: (name: string) => string) {
    this.#tracer = tracer;
    this.#clock = clock;
    this.#clean = clean;
  }

  callStarted(call: Call): CallObserver {
    // Spans have wall time, the call's moments the router's clock.
    const epoch = this.#clock.wallTime() - this.#clock.now();
    const operation = operationOf(call.endpoint);
    const model = shortened(this.#clean(call.model));
    const parent = readTraceParent(call.traceContext);
    const context = parent === undefined ? ROOT_CONTEXT : trace.setSpanContext(ROOT_CONTEXT, parent);
    const startTime = call.arrivedAt + epoch;
    const span = this.#tracer.startSpan(`${operation} ${model}`, { kind: SpanKind.SERVER, startTime }, context);
    // With many calls most traces are not recorded. Of those only the headers are made.
    if (span.isRecording())
      span.setAttributes({
        [genAi.operation]: operation,
        [genAi.requestModel]: model,
        "huntgroup.door": call.inboundProtocol,
        "huntgroup.call_id": shortened(this.#clean(call.id)),
        "huntgroup.stream": call.stream,
        ...present("huntgroup.key_name", call.caller?.name),
      });
    const within = trace.setSpan(context, span);
    return {
      attemptStarted: (attempt) => this.#follow(attempt, call, within, epoch),
      ended: (record) => endCall(span, record, epoch),
    };
  }

  #follow(attempt: AttemptStart, call: Call, within: Context, epoch: number): AttemptObserver {
    const { deployment, kind, number, after } = attempt;
    const operation = operationOf(call.endpoint);
    // Under a wildcard a part of the name is the caller's.
    const model = shortened(this.#clean(attempt.upstreamModel));
    const startTime = attempt.startedAt + epoch;
    const span = this.#tracer.startSpan(`${operation} ${model}`, { kind: SpanKind.CLIENT, startTime }, within);
    const headers = traceHeaders(span.spanContext());
    if (!span.isRecording()) return { headers };
    span.setAttributes({
      [genAi.operation]: operation,
      [genAi.provider]: providerOf(deployment.provider),
      [genAi.requestModel]: model,
      "huntgroup.group": deployment.group,
      "huntgroup.deployment": deployment.id,
      "huntgroup.attempt.number": number,
      "huntgroup.attempt.kind": kind,
      ...present("huntgroup.attempt.after", after),
    });
    return {
      headers,
      sent: (origin) => void span.setAttributes(addressOf(origin)),
      ended: (record) => endAttempt(span, record, epoch),
    };
  }
}

const usualPorts: Readonly<Record<string, number>> = { "http:": 80, "https:": 443 };

function addressOf(origin: string): Attributes {
  const address = parseHttpAddress(origin);
  if (address === undefined) return {};
  const { hostname, port, protocol } = address;
  return { [genAi.serverAddress]: hostname, ...present(genAi.serverPort, port === "" ? usualPorts[protocol] : Number(port)) };
}

function endCall(span: Span, record: CallRecord, epoch: number): void {
  if (!span.isRecording()) return;
  const { error, usage, firstTokenMs } = record;
  span.setAttributes({
    "huntgroup.group": record.group,
    "huntgroup.attempts": record.attempts,
    "huntgroup.retries": record.retries,
    "huntgroup.fallbacks": record.fallbacks,
    "huntgroup.queue_ms": record.queuedMs,
    "huntgroup.overhead_ms": record.overheadMs,
    ...present("huntgroup.deployment", record.deployment?.id),
    ...present("huntgroup.cost_usd", record.costUsd === undefined ? undefined : toldUsd(record.costUsd)),
    ...present(genAi.firstChunkSeconds, record.call.stream && firstTokenMs !== undefined ? firstTokenMs / 1_000 : undefined),
    ...present(genAi.inputTokens, usage?.promptTokens),
    ...present(genAi.outputTokens, usage?.outputTokens),
  });
  end(span, error?.code, record.endedAt + epoch);
}

function endAttempt(span: Span, { outcome, costUsd, endedAt }: AttemptRecord, epoch: number): void {
  switch (outcome.kind) {
    case "success":
      span.setAttributes({
        ...present(genAi.inputTokens, outcome.usage?.promptTokens),
        ...present(genAi.outputTokens, outcome.usage?.outputTokens),
        ...present(genAi.firstChunkSeconds, outcome.stream ? outcome.firstTokenMs / 1_000 : undefined),
        ...present("huntgroup.cost_usd", costUsd === undefined ? undefined : toldUsd(costUsd)),
      });
      end(span, undefined, endedAt + epoch);
      return;
    case "failure":
      span.setAttributes(present("http.response.status_code", outcome.error.upstream?.status));
      end(span, outcome.error.code, endedAt + epoch);
      return;
    case "cancelled":
      end(span, "cancelled", endedAt + epoch);
      return;
  }
}

function end(span: Span, code: string | undefined, at: number): void {
  if (code !== undefined) {
    span.setAttribute(genAi.errorType, code);
    // A caller that hung up, and an attempt that a hedge overtook, are no errors.
    if (code !== "cancelled") span.setStatus({ code: SpanStatusCode.ERROR });
  }
  span.end(at);
}

function present(name: string, value: string | number | undefined): Attributes {
  return value === undefined ? {} : { [name]: value };
}

/** Characters of a name that are kept: a caller may send any name. */
const longestName = 200;

function shortened(name: string): string {
  return name.length <= longestName ? name : `${cutText(name, longestName)}…`;
}
