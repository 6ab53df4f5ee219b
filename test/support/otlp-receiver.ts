import { once } from "node:events";
import { createServer, type IncomingHttpHeaders, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";

type Value = string | number | boolean | undefined;

/** A span as it came over the wire, its attributes unwrapped. */
export interface ReceivedSpan {
  readonly name: string;
  /** The protocol's numbers: 2 is SERVER, 3 is CLIENT. */
  readonly kind: number;
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId: string | undefined;
  readonly startMs: number;
  readonly endMs: number;
  readonly attributes: Readonly<Record<string, Value>>;
  /** 2 is an error. */
  readonly status: number | undefined;
  readonly resource: Readonly<Record<string, Value>>;
}

/** A point of a histogram. */
export interface ReceivedPoint {
  readonly metric: string;
  readonly unit: string;
  readonly count: number;
  readonly sum: number;
  readonly attributes: Readonly<Record<string, Value>>;
}

interface Attribute {
  readonly key: string;
  readonly value: {
    readonly stringValue?: string;
    readonly intValue?: number | string;
    readonly doubleValue?: number;
    readonly boolValue?: boolean;
  };
}
interface Resourced {
  readonly resource: { readonly attributes: readonly Attribute[] };
}
interface WireSpan {
  readonly name: string;
  readonly kind: number;
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId?: string;
  readonly startTimeUnixNano: string;
  readonly endTimeUnixNano: string;
  readonly attributes: readonly Attribute[];
  readonly status: { readonly code?: number };
}
interface WireMetric {
  readonly name: string;
  readonly unit: string;
  readonly histogram?: {
    readonly dataPoints: readonly { readonly count: number | string; readonly sum: number; readonly attributes: readonly Attribute[] }[];
  };
}

/** A collector: takes OTLP as JSON over HTTP and keeps it. */
export class OtlpReceiver {
  readonly spans: ReceivedSpan[] = [];
  readonly points: ReceivedPoint[] = [];
  readonly headers: IncomingHttpHeaders[] = [];
  /** What it answers; 503 is one that is overloaded. */
  status = 200;
  /** Everything that came, as text. */
  raw = "";
  readonly #server: Server;

  private constructor() {
    this.#server = createServer((request, response) => {
      void this.#answer(request, response);
    });
  }

  static async listen(): Promise<OtlpReceiver> {
    const receiver = new OtlpReceiver();
    receiver.#server.listen(0, "127.0.0.1");
    await once(receiver.#server, "listening");
    return receiver;
  }

  get origin(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  async close(): Promise<void> {
    const closed = once(this.#server, "close");
    this.#server.close();
    this.#server.closeAllConnections();
    await closed;
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await text(request);
    this.headers.push(request.headers);
    this.raw += body;
    if (this.status === 200) this.#take(request.url ?? "", body);
    response.writeHead(this.status, { "content-type": "application/json" }).end("{}");
  }

  #take(path: string, body: string): void {
    const json: unknown = JSON.parse(body);
    if (path === "/v1/traces") {
      const { resourceSpans } = json as {
        resourceSpans: readonly (Resourced & { scopeSpans: readonly { spans: readonly WireSpan[] }[] })[];
      };
      for (const { resource, scopeSpans } of resourceSpans)
        for (const { spans } of scopeSpans) this.spans.push(...spans.map((span) => toSpan(span, resource.attributes)));
    } else if (path === "/v1/metrics") {
      const { resourceMetrics } = json as {
        resourceMetrics: readonly (Resourced & { scopeMetrics: readonly { metrics: readonly WireMetric[] }[] })[];
      };
      for (const { scopeMetrics } of resourceMetrics)
        for (const { metrics } of scopeMetrics) this.points.push(...metrics.flatMap(toPoints));
    } else throw new Error(`nothing of OTLP is sent to ${path}`);
  }
}

function toSpan(span: WireSpan, resource: readonly Attribute[]): ReceivedSpan {
  const { name, kind, traceId, spanId, parentSpanId, status } = span;
  return {
    name,
    kind,
    traceId,
    spanId,
    parentSpanId,
    startMs: Number(span.startTimeUnixNano) / 1e6,
    endMs: Number(span.endTimeUnixNano) / 1e6,
    attributes: unwrap(span.attributes),
    status: status.code,
    resource: unwrap(resource),
  };
}

function toPoints({ name, unit, histogram }: WireMetric): readonly ReceivedPoint[] {
  return (histogram?.dataPoints ?? []).map((point) => ({
    metric: name,
    unit,
    count: Number(point.count),
    sum: point.sum,
    attributes: unwrap(point.attributes),
  }));
}

function unwrap(attributes: readonly Attribute[]): Readonly<Record<string, Value>> {
  return Object.fromEntries(
    attributes.map(({ key, value }) => [
      key,
      value.stringValue ?? (value.intValue === undefined ? undefined : Number(value.intValue)) ?? value.doubleValue ?? value.boolValue,
    ]),
  );
}
