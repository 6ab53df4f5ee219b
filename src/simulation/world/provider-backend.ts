import type { UpstreamExchange, UpstreamHeaders, UpstreamListener } from "../../core/upstream.ts";
import type { Clock } from "../../lib/clock.ts";
import type { Random } from "../../lib/random.ts";
import type { ReplicaListener } from "../../replica/replica.ts";
import { answerTo } from "./answer.ts";
import type { SteeredBackend } from "./backend.ts";
import { draw, meanOf } from "./distribution.ts";
import { ElasticClock } from "./elastic-clock.ts";
import type { ProviderSpec } from "./provider-spec.ts";
import { sendRefusal } from "./refusal.ts";
import type { SimulatedRequest } from "./simulated-adapter.ts";
import { TokenBucket } from "./token-bucket.ts";

/** How often streamed answers tell their progress, in milliseconds. */
const progressMs = 250;

interface Answer {
  readonly to: ReplicaListener;
  readonly outputTokens: number;
  /** Milliseconds a token. */
  readonly tokenMs: number;
  /** When it began, in the provider's own time. */
  readonly beganAt: number;
}

/** A deployment at a hosted provider: it has room for everything within its quota, and answers at a pace that does not depend on what it has to do. */
export class ProviderBackend implements SteeredBackend {
  readonly #spec: ProviderSpec;
  readonly #clock: Clock;
  readonly #random: Random;
  readonly #requests: TokenBucket;
  readonly #tokens: TokenBucket;
  /** The time of its answers, which faults slow down. */
  readonly #time: ElasticClock;
  readonly #streams = new Set<Answer>();
  #isTelling = false;

  /** @param random Its own: how often it draws depends on what it is sent. */
  constructor(spec: ProviderSpec, clock: Clock, random: Random) {
    this.#spec = spec;
    this.#clock = clock;
    this.#random = random;
    this.#requests = new TokenBucket(spec.rpm, spec.burstMs, clock.now());
    this.#tokens = new TokenBucket(spec.tpm, spec.burstMs, clock.now());
    this.#time = new ElasticClock(clock);
  }

  /** No work waits here: how soon it would begin with another small call. */
  get workSeconds(): number {
    return (meanOf(this.#spec.firstMs) + this.#waitMs(1)) / 1_000;
  }

  send(request: SimulatedRequest, listener: UpstreamListener): UpstreamExchange {
    const { promptTokens, outputTokens } = request.work;
    const isAtOnce = this.#spec.countsAnswers === "at once";
    const tokens = promptTokens + (isAtOnce ? outputTokens : 0);
    const waitMs = this.#waitMs(tokens);
    if (waitMs > 0) return sendRefusal(this.#clock, listener, 429, this.#headers(waitMs));
    const now = this.#clock.now();
    this.#requests.take(1, now);
    this.#tokens.take(tokens, now);
    if (this.#spec.errorRate > 0 && this.#random.next() < this.#spec.errorRate) {
      return sendRefusal(this.#clock, listener, this.#spec.errorStatus, this.#headers(undefined));
    }
    const headers = this.#spec.tells === "limits" ? () => this.#headers(undefined) : undefined;
    return this.#answer(request, answerTo(request, listener, headers), isAtOnce ? 0 : outputTokens);
  }

  setSpeed(factor: number): void {
    this.#time.speed = factor;
  }

  setQuota(factor: number): void {
    this.#requests.scale(factor, this.#clock.now());
    this.#tokens.scale(factor, this.#clock.now());
  }

  forget(): void {
    // A provider is modelled without a prompt cache.
  }

  /** @param countedAtEnd Tokens that count when the answer is whole. */
  #answer({ work: { outputTokens }, isStream }: SimulatedRequest, to: ReplicaListener, countedAtEnd: number): UpstreamExchange {
    const firstMs = draw(this.#spec.firstMs, this.#random);
    const tokenMs = 1_000 / draw(this.#spec.tokensPerSecond, this.#random);
    let answer: Answer | undefined;
    const end = (): void => {
      if (answer !== undefined) this.#streams.delete(answer);
      this.#tokens.take(countedAtEnd, this.#clock.now());
      to.onEnd();
    };
    const begin = (): void => {
      cancel = this.#time.schedule((outputTokens - 1) * tokenMs, end);
      if (isStream) {
        answer = { to, outputTokens, tokenMs, beganAt: this.#time.now() };
        this.#streams.add(answer);
        this.#tellSoon();
      }
      to.onFirstToken(0);
    };
    let cancel = this.#time.schedule(firstMs, begin);
    return {
      abort: () => {
        cancel();
        if (answer !== undefined) this.#streams.delete(answer);
      },
      resume: () => {},
    };
  }

  #tellSoon(): void {
    if (this.#isTelling) return;
    this.#isTelling = true;
    this.#clock.schedule(progressMs, this.#tell);
  }

  /** All answers tell their progress at once: a timer for each would cost more than they do. */
  readonly #tell = (): void => {
    this.#isTelling = false;
    const now = this.#time.now();
    for (const { to, outputTokens, tokenMs, beganAt } of this.#streams) {
      to.onProgress(Math.min(Math.floor((now - beganAt) / tokenMs) + 1, outputTokens));
    }
    if (this.#streams.size > 0) this.#tellSoon();
  };

  /** Milliseconds until a request of so many tokens is within the quota; 0 where it is. */
  #waitMs(tokens: number): number {
    const now = this.#clock.now();
    return Math.max(this.#requests.waitMs(1, now), this.#tokens.waitMs(tokens, now));
  }

  /** @param waitMs Of a refusal, when such a request is within the quota. */
  #headers(waitMs: number | undefined): UpstreamHeaders {
    const { tells, rpm, tpm } = this.#spec;
    const headers: Record<string, string> = {};
    if (tells === "nothing") return headers;
    if (waitMs !== undefined) headers["retry-after-ms"] = String(Math.ceil(waitMs));
    if (tells === "retry-after") return headers;
    const now = this.#clock.now();
    if (rpm !== Number.POSITIVE_INFINITY) headers["x-left-requests"] = leftOf(this.#requests, now);
    if (tpm !== Number.POSITIVE_INFINITY) headers["x-left-tokens"] = leftOf(this.#tokens, now);
    headers["x-reset-ms"] = String(Math.ceil(Math.max(this.#requests.fullMs(now), this.#tokens.fullMs(now))));
    return headers;
  }
}

function leftOf(bucket: TokenBucket, now: number): string {
  return String(Math.max(Math.floor(bucket.level(now)), 0));
}
