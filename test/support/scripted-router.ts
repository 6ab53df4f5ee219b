import { CallIntake } from "../../src/core/call/call-intake.ts";
import { KeyLimits } from "../../src/core/keys/key-limits.ts";
import { BufferedBytes } from "../../src/lib/shared/buffered-bytes.ts";
import { systemClock } from "../../src/lib/clock.ts";
import type { Call } from "../../src/core/call.ts";
import type { CallRouter, ServedModel } from "../../src/core/call-router.ts";
import type { Deployment } from "../../src/core/deployment.ts";
import type { RouterError } from "../../src/core/errors.ts";
import type { StreamEvent, StreamEventKind } from "../../src/core/provider.ts";
import type { CallHandle, ReplySink, RouteInfo } from "../../src/core/reply-sink.ts";

/** What becomes of one call. */
export type Script =
  | { readonly kind: "reply"; readonly body: unknown }
  | { readonly kind: "stream"; readonly events: readonly StreamEvent[]; readonly end: "end" | "hang" | RouterError }
  | { readonly kind: "failure"; readonly error: RouterError }
  | { readonly kind: "hang" };

export const route: RouteInfo = {
  deploymentId: "deployment-1",
  group: "gpt-4",
  attemptedRetries: 1,
  attemptedFallbacks: 0,
  trace: [],
  overheadMs: 1.5,
  costUsd: undefined,
  keySpendUsd: undefined,
  rateLimits: undefined,
};

/** An event as a provider's decoder makes it. */
export function event(json: unknown, kind: StreamEventKind = "content"): StreamEvent {
  const data = Buffer.from(JSON.stringify(json));
  return {
    kind,
    format: "openai",
    bytes: Buffer.concat([Buffer.from("data: "), data, Buffer.from("\n\n")]),
    data,
    usage: undefined,
    error: undefined,
  };
}

/** The core as the doors see it, doing what a test says. */
export class ScriptedRouter implements CallRouter {
  script: Script;
  configured: readonly Deployment[] = [];
  readonly calls: Call[] = [];
  /** Calls that the door gave up before they had ended. */
  readonly cancelled: Call[] = [];
  /** Events pushed and pauses asked for, over all calls. */
  pushed = 0;
  pauses = 0;
  #cancelWaiters: (() => void)[] = [];
  #hanging: (() => void)[] = [];

  readonly #route: RouteInfo;

  /** @param told What differs in what callers are told of the way of their calls. */
  constructor(script: Script, told: Partial<RouteInfo> = {}) {
    this.script = script;
    this.#route = { ...route, ...told };
  }

  /** What requests hold. */
  readonly buffered = new BufferedBytes();
  readonly #keys = new KeyLimits(systemClock);

  intake(): CallIntake {
    return new CallIntake(this.buffered, this.#keys);
  }

  start(call: Call, sink: ReplySink): CallHandle {
    this.calls.push(call);
    const { script } = this;
    let over = false;
    let resume = nothing;
    const finish = (task: () => void): void => {
      if (over) return;
      over = true;
      task();
    };
    const pump = (events: readonly StreamEvent[], end: "end" | "hang" | RouterError, from: number): void => {
      for (let index = from; index < events.length; index++) {
        if (over) return;
        this.pushed++;
        if (!sink.onStreamEvent(events[index]!)) {
          this.pauses++;
          resume = () => queueMicrotask(() => pump(events, end, index + 1));
          return;
        }
      }
      if (end === "hang") {
        this.#hanging.push(() => finish(() => sink.onStreamEnd()));
        return;
      }
      finish(() => (end === "end" ? sink.onStreamEnd() : sink.onFailure(end, this.#route)));
    };
    queueMicrotask(() => {
      if (over) return;
      switch (script.kind) {
        case "reply":
          finish(() => sink.onReply({ format: "openai", body: Buffer.from(JSON.stringify(script.body)), usage: undefined }, this.#route));
          break;
        case "failure":
          finish(() => sink.onFailure(script.error, this.#route));
          break;
        case "stream":
          sink.onStreamStart(this.#route);
          pump(script.events, script.end, 0);
          break;
        case "hang":
          break;
        default:
          script satisfies never;
      }
    });
    return {
      cancel: () =>
        finish(() => {
          this.cancelled.push(call);
          for (const waiter of this.#cancelWaiters.splice(0)) waiter();
        }),
      resume: () => {
        const again = resume;
        resume = nothing;
        again();
      },
    };
  }

  /** Ends the streams that hang. */
  endHanging(): void {
    for (const end of this.#hanging.splice(0)) end();
  }

  /** Resolves when the next call is given up. */
  nextCancel(): Promise<void> {
    return new Promise((resolve) => this.#cancelWaiters.push(resolve));
  }

  models(): readonly string[] {
    return ["gpt-4"];
  }

  knows(model: string): boolean {
    return model === "gpt-4";
  }

  behind(): readonly ServedModel[] {
    return this.configured.map((deployment) => ({ deployment, upstreamModel: deployment.upstreamModel }));
  }

  catalog(): readonly Deployment[] {
    return this.configured;
  }
}

function nothing(): void {}
