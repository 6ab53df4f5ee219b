import type { Clock, Timer } from "../lib/clock.ts";
import type { Random } from "../lib/random.ts";
import { Attempt, type AttemptOwner } from "./attempt.ts";
import type { Call } from "./call.ts";
import { reservedTokens, type Demand } from "./eligibility.ts";
import { RouterError } from "./errors.ts";
import { failureClass } from "./failure-classes.ts";
import type { Ledger } from "./ledger.ts";
import { noCapacity } from "./no-capacity.ts";
import type { Picker } from "./picker.ts";
import type { DecodedReply, StreamEvent } from "./provider.ts";
import type { CallHandle, ReplySink, RouteInfo } from "./reply-sink.ts";
import { decideRetry } from "./retry.ts";
import type { Resolution, RoutingTable } from "./routing-table.ts";
import type { TableEntry } from "./table-entry.ts";
import type { Upstream } from "./upstream.ts";
import { fillTemplate } from "./wildcard.ts";

export interface RunDeps {
  readonly clock: Clock;
  readonly random: Random;
  readonly ledger: Ledger;
  readonly upstream: Upstream;
  readonly picker: Picker;
  /** Told of faults in this program or in a user's strategy; the caller hears only that something went wrong. */
  onInternalError(error: unknown): void;
}

/** One call on its way: the loop of attempts, and the one outcome the caller gets. Keeps the table it began with. */
export class CallRun implements CallHandle, AttemptOwner {
  readonly #call: Call;
  readonly #sink: ReplySink;
  readonly #table: RoutingTable;
  readonly #deps: RunDeps;
  readonly #startedAt: number;
  #resolution: Resolution | undefined;
  #attempt: Attempt | undefined;
  #attempts = 0;
  /** Rows not to be tried now, and those that will not work for this call at all. */
  #tried: number[] = [];
  readonly #hopeless: number[] = [];
  #waitTimer: Timer | undefined;
  /** Time spent on deployments and on waiting for them: the rest is the router's own. */
  #elsewhereMs = 0;
  #committed = false;
  #over = false;

  constructor(call: Call, sink: ReplySink, table: RoutingTable, deps: RunDeps) {
    this.#call = call;
    this.#sink = sink;
    this.#table = table;
    this.#deps = deps;
    this.#startedAt = deps.clock.now();
  }

  start(): void {
    this.#resolution = this.#table.resolve(this.#call.model);
    if (this.#resolution !== undefined) {
      this.#try(undefined);
      return;
    }
    const message = `The model "${this.#call.model}" does not exist here. The list of models (GET /v1/models) has the names that do.`;
    this.#failLater(new RouterError("model_not_found", message, { param: "model" }));
  }

  cancel(): void {
    if (this.#over) return;
    this.#over = true;
    this.#deps.clock.cancel(this.#waitTimer);
    this.#attempt?.cancel();
  }

  resume(): void {
    this.#attempt?.resume();
  }

  onAttemptReply(reply: DecodedReply): void {
    this.#leaveAttempt();
    this.#over = true;
    this.#sink.onReply(reply.body, reply.usage, this.#route());
  }

  onAttemptCommit(): void {
    this.#leaveAttempt();
    this.#committed = true;
    this.#sink.onStreamStart(this.#route());
  }

  onAttemptEvent(event: StreamEvent): boolean {
    return this.#sink.onStreamEvent(event);
  }

  onAttemptEnd(): void {
    this.#over = true;
    this.#sink.onStreamEnd();
  }

  onAttemptFailure(error: RouterError): void {
    if (this.#committed) {
      this.#fail(error);
      return;
    }
    this.#leaveAttempt();
    if (failureClass(error.code) === "caller") this.#fail(error);
    else this.#retry(error);
  }

  /** @param last The failure before, reported when nothing is left to try. */
  #try(last: RouterError | undefined): void {
    try {
      const { group, captures } = this.#resolution ?? {};
      if (group === undefined) return;
      const demand = this.#demand(this.#tried);
      const entry = this.#deps.picker.pick(group, demand, this.#context(demand));
      if (entry === undefined) {
        this.#failLater(last ?? noCapacity(this.#call.model, group, demand, this.#deps.ledger));
        return;
      }
      const { deployment } = entry;
      const upstreamModel =
        captures === undefined ? deployment.upstreamModel : fillTemplate(deployment.upstreamModel, captures, this.#call.model);
      this.#begin(entry, upstreamModel, demand);
    } catch (cause) {
      this.#failLater(new RouterError("internal", "The router failed to choose a deployment.", { cause }));
    }
  }

  #begin(entry: TableEntry, upstreamModel: string, demand: Demand): void {
    const { deployment } = entry;
    const { settings } = this.#table;
    this.#attempts++;
    this.#tried.push(entry.row);
    const plan = {
      call: this.#call,
      entry,
      strategy: this.#resolution!.group.strategy,
      upstreamModel,
      reservedTokens: reservedTokens(entry, demand, this.#deps.ledger),
      timeoutMs: this.#call.timeoutMs ?? deployment.timeoutMs ?? settings.timeoutMs,
      streamTimeoutMs: this.#call.streamTimeoutMs ?? deployment.streamTimeoutMs ?? settings.streamTimeoutMs,
    };
    this.#attempt = new Attempt(plan, this, this.#deps);
    this.#attempt.send();
  }

  #retry(error: RouterError): void {
    const { settings } = this.#table;
    const { clock, picker, random } = this.#deps;
    const group = this.#resolution!.group;
    const failed = this.#attempt?.entry;
    if (failed !== undefined && failureClass(error.code) === "elsewhere") this.#hopeless.push(failed.row);
    const numRetries = this.#call.numRetries ?? failed?.deployment.numRetries ?? settings.numRetries;
    const decision = decideRetry(
      {
        error,
        attempts: this.#attempts,
        maxAttempts: 1 + numRetries,
        siblingEligible: picker.canPick(group, this.#demand(this.#tried)),
        repeatable: group.entries.some((entry) => !this.#hopeless.includes(entry.row)),
        now: clock.now(),
        deadline: this.#call.deadline,
        retryAfterMs: settings.retryAfterMs,
      },
      random,
    );
    switch (decision.kind) {
      case "next":
        this.#try(error);
        return;
      case "wait":
        this.#waitTimer = clock.schedule(decision.waitMs, () => {
          this.#elsewhereMs += decision.waitMs;
          this.#tried = [...this.#hopeless];
          this.#try(error);
        });
        return;
      case "give_up":
        this.#fail(error);
        return;
    }
  }

  #fail(error: RouterError): void {
    if (error.code === "internal") this.#deps.onInternalError(error);
    this.#over = true;
    this.#sink.onFailure(error, this.#route());
  }

  /** For failures found before anything asynchronous has happened: a sink is never called from within `start`. */
  #failLater(error: RouterError): void {
    queueMicrotask(() => {
      if (!this.#over) this.#fail(error);
    });
  }

  #leaveAttempt(): void {
    if (this.#attempt !== undefined) this.#elsewhereMs += this.#deps.clock.now() - this.#attempt.startedAt;
  }

  #demand(tried: readonly number[]): Demand {
    return {
      now: this.#deps.clock.now(),
      requestBytes: this.#call.body.bytes.length,
      maxOutputTokens: this.#call.maxOutputTokens,
      enforceRateLimits: this.#table.settings.enforceRateLimits,
      tried,
    };
  }

  #context(demand: Demand): { now: number; stream: boolean; promptTokens: number; outputTokens: number } {
    const { ledger } = this.#deps;
    const row = this.#resolution?.group.entries[0]?.row ?? 0;
    return {
      now: demand.now,
      stream: this.#call.stream,
      promptTokens: ledger.estimatePromptTokens(row, demand.requestBytes),
      outputTokens: ledger.estimateOutputTokens(row, demand.maxOutputTokens),
    };
  }

  #route(): RouteInfo {
    const attempted = this.#attempt?.entry;
    return {
      deploymentId: attempted?.id ?? "",
      group: attempted?.deployment.group ?? this.#resolution?.group.name ?? "",
      attemptedRetries: Math.max(this.#attempts - 1, 0),
      attemptedFallbacks: 0,
      overheadMs: Math.max(this.#deps.clock.now() - this.#startedAt - this.#elsewhereMs, 0),
    };
  }
}
