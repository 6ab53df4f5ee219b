import type { Upstream, UpstreamExchange, UpstreamHeaders, UpstreamListener, UpstreamRequest } from "../../src/core/upstream.ts";
import type { FakeClock } from "./fake-clock.ts";

/** What a fake deployment does with one request. Times in ms from the request's arrival. */
export type Behaviour =
  | {
      readonly kind: "reply";
      readonly afterMs?: number;
      readonly status?: number;
      readonly headers?: UpstreamHeaders;
      readonly body?: string;
    }
  | {
      readonly kind: "stream";
      readonly firstMs?: number;
      readonly gapMs?: number;
      readonly chunks: readonly string[];
      readonly end?: "end" | "break" | "hang";
    }
  | { readonly kind: "refuse" }
  | { readonly kind: "break"; readonly afterMs?: number }
  | { readonly kind: "hang" };

export interface Hit {
  readonly host: string;
  readonly path: string;
  readonly body: string;
  readonly at: number;
  aborted: boolean;
  ended: boolean;
}

/** Deployments on virtual time: each host behaves as its script says, one behaviour for each request, the last one for ever. */
export class FakeUpstream implements Upstream {
  readonly hits: Hit[] = [];
  readonly #clock: FakeClock;
  readonly #scripts = new Map<string, Behaviour[]>();
  #fallback: Behaviour = { kind: "reply" };

  constructor(clock: FakeClock) {
    this.#clock = clock;
  }

  script(host: string, ...behaviours: Behaviour[]): this {
    this.#scripts.set(host, behaviours);
    return this;
  }

  otherwise(behaviour: Behaviour): this {
    this.#fallback = behaviour;
    return this;
  }

  hitsOf(host: string): readonly Hit[] {
    return this.hits.filter((hit) => hit.host === host);
  }

  send(request: UpstreamRequest, listener: UpstreamListener): UpstreamExchange {
    const host = new URL(request.origin).hostname;
    const body = Buffer.concat(request.body).toString();
    const hit: Hit = { host, path: request.path, body, at: this.#clock.now(), aborted: false, ended: false };
    this.hits.push(hit);
    return new FakeExchange(this.#clock, hit, listener).play(this.#next(host));
  }

  #next(host: string): Behaviour {
    const script = this.#scripts.get(host);
    if (script === undefined) return this.#fallback;
    return (script.length > 1 ? script.shift() : script[0]) ?? this.#fallback;
  }
}

class FakeExchange implements UpstreamExchange {
  readonly #clock: FakeClock;
  readonly #hit: Hit;
  readonly #listener: UpstreamListener;
  #paused: (() => void) | undefined;
  #flowing = true;

  constructor(clock: FakeClock, hit: Hit, listener: UpstreamListener) {
    this.#clock = clock;
    this.#hit = hit;
    this.#listener = listener;
  }

  play(behaviour: Behaviour): this {
    switch (behaviour.kind) {
      case "reply":
        this.#in(behaviour.afterMs ?? 0, () => this.#reply(behaviour));
        break;
      case "stream":
        this.#in(behaviour.firstMs ?? 0, () => {
          this.#listener.onHead(200, { "content-type": "text/event-stream" });
          this.#chunk(behaviour, 0);
        });
        break;
      case "refuse":
        this.#in(0, () => this.#fail("connect", "ECONNREFUSED"));
        break;
      case "break":
        this.#in(behaviour.afterMs ?? 0, () => this.#fail("broken", "ECONNRESET"));
        break;
      case "hang":
        break;
      default:
        behaviour satisfies never;
    }
    return this;
  }

  abort(): void {
    if (!this.#hit.ended) this.#hit.aborted = true;
  }

  resume(): void {
    this.#flowing = true;
    const paused = this.#paused;
    this.#paused = undefined;
    paused?.();
  }

  #reply(behaviour: Behaviour & { kind: "reply" }): void {
    const usage = { prompt_tokens: 10, completion_tokens: 20, total_tokens: 30 };
    const body = behaviour.body ?? JSON.stringify({ id: "1", model: "upstream", choices: [], usage });
    this.#listener.onHead(behaviour.status ?? 200, { "content-type": "application/json", ...behaviour.headers });
    if (this.#hit.aborted) return;
    if (body.length > 0) this.#listener.onData(Buffer.from(body));
    if (this.#hit.aborted) return;
    this.#hit.ended = true;
    this.#listener.onEnd();
  }

  #chunk(behaviour: Behaviour & { kind: "stream" }, index: number): void {
    if (this.#hit.aborted) return;
    const chunk = behaviour.chunks[index];
    if (chunk === undefined) {
      if (behaviour.end === "hang") return;
      if (behaviour.end === "break") this.#fail("broken", "ECONNRESET");
      else {
        this.#hit.ended = true;
        this.#listener.onEnd();
      }
      return;
    }
    this.#flowing = this.#listener.onData(Buffer.from(chunk));
    const next = (): void => this.#in(behaviour.gapMs ?? 0, () => this.#chunk(behaviour, index + 1));
    if (this.#flowing) next();
    else this.#paused = next;
  }

  #fail(kind: "connect" | "broken", reason: string): void {
    this.#hit.ended = true;
    this.#listener.onFailure({ kind, reason });
  }

  #in(ms: number, task: () => void): void {
    this.#clock.schedule(ms, () => {
      if (!this.#hit.aborted) task();
    });
  }
}
