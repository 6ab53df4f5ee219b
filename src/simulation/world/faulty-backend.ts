import type { UpstreamExchange, UpstreamFailure, UpstreamListener } from "../../core/upstream.ts";
import type { Clock } from "../../lib/clock.ts";
import type { Random } from "../../lib/random.ts";
import type { Backend, SteeredBackend } from "./backend.ts";
import { broken, HeldExchange } from "./held-exchange.ts";
import { refusalMs, sendRefusal } from "./refusal.ts";
import type { SimulatedRequest } from "./simulated-adapter.ts";

const unreachable: UpstreamFailure = { kind: "connect", reason: "ECONNREFUSED" };

/** What befalls a deployment for a while. */
export type Fault =
  /** It works at a part of its speed. */
  | { readonly kind: "slow"; readonly factor: number }
  /** So many of the requests, 0 … 1, fail with this status. */
  | { readonly kind: "errors"; readonly rate: number; readonly status: number }
  /** So many of the requests, 0 … 1, are refused with 429, whatever the quota is. */
  | { readonly kind: "refusals"; readonly rate: number; readonly retryAfterMs: number | undefined }
  /** Nothing goes on until it is over. */
  | { readonly kind: "hang" }
  /** So many of the answers, 0 … 1, break off after a few tokens. Whole answers break off before they come. */
  | { readonly kind: "cut"; readonly rate: number; readonly afterTokens: number }
  /** It is gone: what is under way breaks off, prompts are forgotten, and no connection is made. */
  | { readonly kind: "down" }
  /** It has just joined: it remembers no prompt, and works at a part of its speed. */
  | { readonly kind: "cold"; readonly factor: number }
  /** It takes a part of its quota. */
  | { readonly kind: "quota"; readonly factor: number };

/** A deployment that faults befall. Several may last at the same time: speeds and quotas multiply. */
export class FaultyBackend implements Backend {
  readonly #backend: SteeredBackend;
  readonly #clock: Clock;
  readonly #random: Random;
  readonly #faults: Fault[] = [];
  readonly #underWay = new Set<HeldExchange>();

  /** @param random Its own: how often it draws depends on what it is sent. */
  constructor(backend: SteeredBackend, clock: Clock, random: Random) {
    this.#backend = backend;
    this.#clock = clock;
    this.#random = random;
  }

  get workSeconds(): number {
    return this.#faults.some(({ kind }) => kind === "down" || kind === "hang") ? Number.POSITIVE_INFINITY : this.#backend.workSeconds;
  }

  send(request: SimulatedRequest, listener: UpstreamListener): UpstreamExchange {
    let cutAfter = Number.POSITIVE_INFINITY;
    for (const fault of this.#faults) {
      if (fault.kind === "down") return this.#failSoon(listener, unreachable);
      if (fault.kind === "errors" && this.#random.next() < fault.rate) return sendRefusal(this.#clock, listener, fault.status, {});
      if (fault.kind === "refusals" && this.#random.next() < fault.rate) {
        const headers = fault.retryAfterMs === undefined ? {} : { "retry-after-ms": String(fault.retryAfterMs) };
        return sendRefusal(this.#clock, listener, 429, headers);
      }
      if (fault.kind === "cut" && this.#random.next() < fault.rate) cutAfter = request.isStream ? fault.afterTokens : 0;
    }
    const held = new HeldExchange(listener, cutAfter, this.#underWay);
    held.exchange = this.#backend.send(request, held);
    return held;
  }

  /** Lets a fault begin. @returns Ends it. */
  begin(fault: Fault): () => void {
    this.#faults.push(fault);
    if (fault.kind === "cold" || fault.kind === "down") this.#backend.forget();
    if (fault.kind === "down") this.#breakAll();
    this.#steer();
    let isOver = false;
    return () => {
      if (isOver) return;
      isOver = true;
      this.#faults.splice(this.#faults.indexOf(fault), 1);
      this.#steer();
    };
  }

  #steer(): void {
    let speed = 1;
    let quota = 1;
    for (const fault of this.#faults) {
      if (fault.kind === "slow" || fault.kind === "cold") speed *= fault.factor;
      if (fault.kind === "hang") speed = 0;
      if (fault.kind === "quota") quota *= fault.factor;
    }
    this.#backend.setSpeed(speed);
    this.#backend.setQuota(quota);
  }

  #breakAll(): void {
    for (const held of this.#underWay) {
      held.exchange?.abort();
      this.#clock.schedule(0, () => held.onFailure(broken));
    }
  }

  #failSoon(listener: UpstreamListener, failure: UpstreamFailure): UpstreamExchange {
    const timer = this.#clock.schedule(refusalMs, () => listener.onFailure(failure));
    return { abort: () => this.#clock.cancel(timer), resume: () => {} };
  }
}
