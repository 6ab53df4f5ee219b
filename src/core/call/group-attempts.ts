import type { Call } from "../call.ts";
import { endpoints } from "../endpoints.ts";
import type { Deployment } from "../deployment.ts";
import { codeClasses, type RouterError } from "../errors.ts";
import type { RouterSettings } from "../router-settings.ts";
import { demandOf, promptBytes, type Demand } from "../pick/demand.ts";
import { modeFilter, wrongMode } from "../pick/mode-filter.ts";
import { noCapacity } from "../pick/no-capacity.ts";
import { callTagFilter, type TagFilter } from "../pick/tag-filter.ts";
import { hasRetryBudget } from "../state/attempt-budgets.ts";
import type { AnswerKind } from "../flow/answer-lengths.ts";
import type { PromptPrefix } from "../flow/prefix-memory.ts";
import type { Ledger } from "../state/ledger.ts";
import type { Group } from "../table/group.ts";
import type { RoutedDeployment } from "../table/routed-deployment.ts";
import type { Resolution } from "../table/routing-table.ts";
import { sentModel } from "../table/wildcard.ts";
import { attemptBounds, type AttemptBounds } from "./attempt-bounds.ts";

/** A call's stay in one group (or in one order of it): the request as it is made there, and what was tried. */
export class GroupAttempts {
  readonly call: Call;
  readonly group: Group;
  /** Size of the request in bytes. */
  readonly requestBytes: number;
  /** The name was a deployment's id. */
  readonly byId: boolean;
  /** By tags, and by what models are for. Undefined when neither plays a part. */
  readonly tagFilter: TagFilter | undefined;
  /** The kind of its answers, where the group tells by kinds how long these are. */
  readonly answerKind: AnswerKind;
  #prefix: PromptPrefix | undefined;
  readonly leastOrder: number;
  /** Lowered when a failure does not allow another order. */
  highestOrder = Number.POSITIVE_INFINITY;
  /** Attempts that failed here. */
  failures = 0;
  /** Rows not to be tried now. */
  tried: number[] = [];
  /** Providers of which all accounts fare as badly as one that failed this call. */
  avoidedProviders: Set<string> | undefined;
  readonly #resolution: Resolution;
  readonly #settings: RouterSettings;
  readonly #everTried: number[] = [];
  /** Rows that will not work for this call at all. */
  #hopeless: Set<number> | undefined;
  /** What adapters said that were asked whether they can be sent this call; undefined where one can. */
  #asked: Map<number, RouterError | undefined> | undefined;
  #refusals: Map<number, RouterError> | undefined;
  #lastOrder = Number.NEGATIVE_INFINITY;

  /** @param leastOrder Lower orders of the group are not tried. */
  constructor(call: Call, resolution: Resolution, settings: RouterSettings, leastOrder = Number.NEGATIVE_INFINITY) {
    const { enabled, matchAny } = settings.tagFiltering;
    this.call = call;
    this.group = resolution.group;
    this.requestBytes = promptBytes(call);
    this.byId = resolution.byId;
    this.leastOrder = leastOrder;
    this.#resolution = resolution;
    this.#settings = settings;
    const byTags = enabled ? callTagFilter(call.tags, call.caller?.tags ?? [], this.group.entries, matchAny) : undefined;
    const filter = call.foreign?.onlyNative === true ? nativeFilter(call, this.group.entries, byTags) : byTags;
    const { endpoint, maxOutputTokens, caller } = call;
    this.answerKind = this.group.lengths?.kindOf({ endpoint, maxOutputTokens, tenant: caller?.name }) ?? 0;
    this.tagFilter = modeFilter(this.group, call.endpoint, filter);
  }

  /** The name that the call is routed by here, and the group that it led to. */
  get names(): readonly string[] {
    return [this.call.model, this.group.name];
  }

  /** The beginning of its prompt, read at the first call; undefined where the group's strategy does not ask. */
  get prefix(): PromptPrefix | undefined {
    if (!endpoints[this.call.endpoint].hasTokens) return undefined;
    return (this.#prefix ??= this.group.prefixes?.prefixOf(this.call.body));
  }

  /** As {@link RouterSettings.tellsUsage}. */
  get tellsUsage(): boolean {
    return this.#settings.tellsUsage;
  }

  /** What the adapters of rows said that cannot be sent this call. Undefined while none has. */
  get refusals(): ReadonlyMap<number, RouterError> | undefined {
    return this.#refusals;
  }

  /** Whether a deployment's adapter is still to be asked whether it can be sent this call. */
  isUnasked({ row, deployment }: RoutedDeployment): boolean {
    return deployment.adapter.refuses !== undefined && this.#asked?.has(row) !== true;
  }

  /** Whether a deployment can be sent this call, as far as its adapter can tell. Each adapter is asked once. */
  takes({ row, deployment }: RoutedDeployment): boolean {
    const { adapter } = deployment;
    if (adapter.refuses === undefined) return true;
    this.#asked ??= new Map();
    if (!this.#asked.has(row)) {
      const refusal = adapter.refuses(this.call, this.upstreamModel(deployment));
      this.#asked.set(row, refusal);
      if (refusal !== undefined) (this.#refusals ??= new Map()).set(row, refusal);
    }
    return this.#refusals?.has(row) !== true;
  }

  /** Whether no deployment of the group can be sent this call, one of them at least for one of these parts. */
  lacks(parts: ReadonlySet<string>): boolean {
    if (this.group.entries.some((entry) => this.tagFilter?.(entry) !== false && this.takes(entry))) return false;
    for (const { param } of this.#refusals?.values() ?? []) if (param !== undefined && parts.has(param)) return true;
    return false;
  }

  /** The same stay, before anything was tried, with another request. */
  with(call: Call): GroupAttempts {
    return new GroupAttempts(call, this.#resolution, this.#settings, this.leastOrder);
  }

  /**
   * The error where the group has no deployment to be tried. Once one could not be sent the call, all are asked: what none can be sent is the
   * caller's to change, and no wait helps.
   * @param now On the router's clock.
   */
  unavailable(now: number, ledger: Ledger): RouterError {
    if (this.#refusals !== undefined) for (const entry of this.group.entries) this.takes(entry);
    return wrongMode(this.group, this.call) ?? noCapacity(this.call.model, this.group, this.demand(now), ledger);
  }

  /** What the call demands of the group's deployments. @param now On the router's clock. */
  demand(now: number): Demand {
    return demandOf(this.call, this, this.#settings, now);
  }

  /** The model name that this deployment is sent. */
  upstreamModel(deployment: Deployment): string {
    return sentModel(deployment, this.#resolution.captures, this.call.model);
  }

  /** What bounds an attempt of the call on a deployment. */
  bounds(deployment: Deployment): AttemptBounds {
    return attemptBounds(this.call, deployment, this.#settings);
  }

  /** Begins an attempt. @returns Whether this deployment has been tried for the call before. */
  enter(entry: RoutedDeployment): boolean {
    this.tried.push(entry.row);
    this.#lastOrder = Math.max(this.#lastOrder, entry.deployment.order);
    const again = this.#everTried.includes(entry.row);
    if (!again) this.#everTried.push(entry.row);
    return again;
  }

  /** Takes note of an attempt that failed. */
  fail(entry: RoutedDeployment, error: RouterError): void {
    this.failures++;
    if (codeClasses[error.code].failure === "elsewhere") (this.#hopeless ??= new Set()).add(entry.row);
    if (error.isOfProvider) (this.avoidedProviders ??= new Set()).add(entry.deployment.provider);
    if (!mayChangeOrder(error, this.#settings)) this.highestOrder = Math.min(this.highestOrder, entry.deployment.order);
  }

  /**
   * As `Waiter.kind`: undefined for a call that was tried somewhere, and for one that not all of the group's deployments have room for.
   * @param promptTokens What its prompt is likely to have.
   */
  kind(promptTokens: number): string | undefined {
    const { endpoint, tags, allowedRegion, wantsResponseSchema, foreign, model } = this.call;
    const isPlain = this.#everTried.length === 0 && this.#refusals === undefined && this.avoidedProviders === undefined;
    if (!isPlain || !this.group.entries.every((entry) => hasRoomFor(entry, promptTokens))) return undefined;
    const wishes = [endpoint, this.leastOrder, allowedRegion, wantsResponseSchema, foreign?.onlyNative === true && this.call.format];
    return JSON.stringify([...wishes, this.byId && model, ...tags]);
  }

  /** The row of a deployment's health for what the call asks. */
  healthRow(row: number): number {
    return this.group.entries.find((entry) => entry.row === row)?.healthRow(this.call.endpoint) ?? row;
  }

  /** The deployments that may be asked again. */
  repeatable(): readonly RoutedDeployment[] {
    return this.group.entries.filter((entry) => this.#everTried.includes(entry.row) && this.#hopeless?.has(entry.row) !== true);
  }

  /** Whether one of them may be, within its budget of retries. @param now On the router's clock. */
  mayRepeat(now: number, ledger: Ledger): boolean {
    return this.repeatable().some((entry) => hasRetryBudget(entry.row, now, ledger));
  }

  /** After a wait, everything may be tried once more but what is hopeless or must not be asked again. */
  forgetTried(mayRepeat: (row: number) => boolean): void {
    this.tried = this.#everTried.filter((row) => this.#hopeless?.has(row) === true || !mayRepeat(row));
  }

  /** Its call's place in line, where it has to wait. */
  get priority(): number {
    const { priority, requestClass } = this.call;
    return (requestClass === undefined ? undefined : this.#settings.classPriorities.get(requestClass)) ?? priority;
  }

  /** Whether the store of what nodes share was asked for what one of the deployments lacks, and has not answered yet. */
  isAsked({ leases }: Ledger): boolean {
    return leases !== undefined && this.group.entries.some(({ row }) => leases.isAsked(row));
  }

  /** A stay in the orders above those that were tried; undefined when there are none, or the failure does not allow them. */
  nextOrder(error: RouterError): GroupAttempts | undefined {
    if (codeClasses[error.code].failure === "caller" || !mayChangeOrder(error, this.#settings)) return undefined;
    const above = this.group.entries.map((entry) => entry.deployment.order).filter((order) => order > this.#lastOrder);
    if (above.length === 0 || this.#lastOrder === Number.NEGATIVE_INFINITY) return undefined;
    return new GroupAttempts(this.call, this.#resolution, this.#settings, Math.min(...above));
  }
}

/** Whether a prompt is within what a deployment takes at all. */
function hasRoomFor({ deployment, tpmLimit, itpmLimit }: RoutedDeployment, promptTokens: number): boolean {
  return promptTokens <= Math.min(deployment.maxInputTokens ?? Number.POSITIVE_INFINITY, tpmLimit, itpmLimit);
}

/**
 * Lets through what answers in the caller's own format, for a call that no other deployment can serve. Where there is none, the call goes to
 * any of them, and learns from its adapter why it cannot be served.
 */
function nativeFilter(call: Call, entries: readonly RoutedDeployment[], byTags: TagFilter | undefined): TagFilter | undefined {
  const isNative: TagFilter = (entry) => entry.deployment.adapter.replyFormat(call) === call.format;
  return entries.some(isNative) ? (entry) => isNative(entry) && (byTags?.(entry) ?? true) : byTags;
}

/** Whether a higher `order` may be tried after this failure. */
function mayChangeOrder({ upstream }: RouterError, { orderFallbackStatuses }: RouterSettings): boolean {
  return orderFallbackStatuses === undefined || (upstream !== undefined && orderFallbackStatuses.has(upstream.status));
}
