import type { Call } from "../../src/core/call.ts";
import type { Deployment } from "../../src/core/deployment.ts";
import type { Demand } from "../../src/core/pick/demand.ts";
import type { RouterObserver } from "../../src/core/observer.ts";
import { Router } from "../../src/core/router/router.ts";
import type { RouterOptions } from "../../src/core/router/router-options.ts";
import { defaultRouterSettings } from "../../src/config/settings/read-router-settings.ts";
import type { RouterSettings } from "../../src/core/router-settings.ts";
import type { Strategy } from "../../src/core/strategy.ts";
import type { StrategyFactory, TableSource } from "../../src/core/table-source.ts";
import { seededRandom } from "../../src/lib/random.ts";
import { fakeAdapter } from "./fake-adapter.ts";
import { FakeClock } from "./fake-clock.ts";
import { FakeUpstream } from "./fake-upstream.ts";
import { JoinedRouters } from "./joined-routers.ts";
import { testThreads } from "./test-threads.ts";
import { RecordingSink } from "./recording-sink.ts";

/** A deployment of group `m` whose fake upstream host bears its id. */
export function deployment(id: string, over: Partial<Deployment> = {}): Deployment {
  return {
    id,
    group: "m",
    address: `fake/${id}`,
    provider: "fake",
    upstreamModel: id,
    weight: undefined,
    rpm: undefined,
    tpm: undefined,
    itpm: undefined,
    otpm: undefined,
    maxParallelRequests: undefined,
    maxInputTokens: undefined,
    region: undefined,
    supportsResponseSchema: undefined,
    tags: [],
    blocked: false,
    cooldownMs: undefined,
    allowedFails: undefined,
    allowedFailsPolicy: undefined,
    order: 0,
    timeoutMs: undefined,
    streamTimeoutMs: undefined,
    keepaliveMs: undefined,
    numRetries: undefined,
    inputCostPerToken: undefined,
    outputCostPerToken: undefined,
    cacheReadCostPerToken: undefined,
    cacheWriteCostPerToken: undefined,
    maxOutputTokens: undefined,
    info: { params: { model: `fake/${id}` }, modelInfo: {}, mode: undefined, healthCheck: { timeoutMs: undefined, maxTokens: undefined } },
    link: undefined,
    adapter: fakeAdapter(id),
    ...over,
  };
}

/** Always the first candidate: makes the order of attempts predictable. */
export const firstStrategy: Strategy = { pick: (candidates) => candidates.at(0) };

export function tableSource(
  deployments: readonly Deployment[],
  {
    createStrategy = () => firstStrategy,
    ...over
  }: Partial<TableSource> & { settings?: RouterSettings; createStrategy?: StrategyFactory } = {},
): TableSource {
  return {
    deployments,
    invalid: [],
    aliases: [],
    settings: defaultRouterSettings,
    strategy: { name: "first", key: "first", create: createStrategy },
    groupStrategies: new Map(),
    ...over,
  };
}

/** What a small call without wishes asks of a deployment. */
export function anyDemand(over: Partial<Demand> = {}): Demand {
  return {
    now: 0,
    requestBytes: 10,
    maxOutputTokens: undefined,
    answers: 1,
    allowedRegion: undefined,
    wantsResponseSchema: false,
    enforceRateLimits: true,
    preCallChecks: false,
    tried: [],
    refusals: undefined,
    tagFilter: undefined,
    leastOrder: Number.NEGATIVE_INFINITY,
    highestOrder: Number.POSITIVE_INFINITY,
    byId: false,
    acceptWarming: false,
    ...over,
  };
}

export function callOf(over: Partial<Call> = {}): Call {
  return {
    id: "call-1",
    endpoint: "chat",
    format: "openai",
    inboundProtocol: "rest",
    caller: undefined,
    traceContext: undefined,
    model: "m",
    stream: false,
    includeUsage: false,
    body: { bytes: Buffer.from('{"model":"m","messages":[]}'), members: [] },
    foreign: undefined,
    maxOutputTokens: undefined,
    answers: 1,
    arrivedAt: 0,
    deadline: undefined,
    numRetries: undefined,
    timeoutMs: undefined,
    streamTimeoutMs: undefined,
    fallbacks: undefined,
    contextWindowFallbacks: undefined,
    contentPolicyFallbacks: undefined,
    disableFallbacks: false,
    maxFallbacks: undefined,
    tags: [],
    allowedRegion: undefined,
    wantsResponseSchema: false,
    priority: 0,
    ...over,
  };
}

/** A router on virtual time over fake deployments. */
export class CoreFixture {
  readonly clock = new FakeClock();
  readonly upstream = new FakeUpstream(this.clock);
  readonly internalErrors: unknown[] = [];
  readonly router: Router;

  constructor(source: TableSource, seed = 1, observers: readonly RouterObserver[] = [], over: Partial<RouterOptions> = {}) {
    const options: RouterOptions = {
      source,
      upstream: this.upstream,
      clock: this.clock,
      random: seededRandom(seed),
      observers,
      onInternalError: (error) => this.internalErrors.push(error),
      ...over,
    };
    this.router = testThreads === 1 ? new Router(options) : new JoinedRouters(options, testThreads);
  }

  /** Starts a call and returns the sink that hears of it. */
  start(over: Partial<Call> = {}): { sink: RecordingSink; handle: ReturnType<Router["start"]> } {
    const sink = new RecordingSink();
    return { sink, handle: this.router.start(callOf({ arrivedAt: this.clock.now(), ...over }), sink) };
  }

  /** Runs one call to its end. */
  async run(over: Partial<Call> = {}): Promise<RecordingSink> {
    const { sink } = this.start(over);
    await this.settle();
    return sink;
  }

  /** Lets all timers and microtasks run out. */
  async settle(limitMs?: number): Promise<void> {
    this.clock.runAll(limitMs);
    await Promise.resolve();
    this.clock.runAll(limitMs);
  }
}
