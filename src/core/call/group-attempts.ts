import { textLength } from "../../lib/json/json-text.ts";
import type { Call } from "../call.ts";
import type { Deployment } from "../deployment.ts";
import type { FailureClass } from "../errors.ts";
import type { Group } from "../table/group.ts";
import type { Resolution } from "../table/routing-table.ts";
import type { RoutedDeployment } from "../table/routed-deployment.ts";
import { tagFilter, type TagFilter } from "../pick/tag-filter.ts";
import { fillTemplate } from "../table/wildcard.ts";

/** A call's stay in one group (or in one order of it): the request as it is made there, and what was tried. */
export class GroupAttempts {
  readonly call: Call;
  readonly group: Group;
  /** Size of the request in bytes. */
  readonly requestBytes: number;
  readonly byId: boolean;
  readonly tagFilter: TagFilter | undefined;
  readonly leastOrder: number;
  /** Lowered when a failure does not allow another order. */
  highestOrder = Number.POSITIVE_INFINITY;
  failures = 0;
  /** Rows not to be tried now. */
  tried: number[] = [];
  readonly #resolution: Resolution;
  readonly #tagSettings: { readonly enabled: boolean; readonly matchAny: boolean };
  readonly #everTried = new Set<number>();
  /** Rows that will not work for this call at all. */
  readonly #hopeless = new Set<number>();
  #lastOrder = Number.NEGATIVE_INFINITY;

  constructor(
    call: Call,
    resolution: Resolution,
    tagSettings: { readonly enabled: boolean; readonly matchAny: boolean },
    leastOrder = Number.NEGATIVE_INFINITY,
  ) {
    this.call = call;
    this.group = resolution.group;
    this.requestBytes = textLength(call.body);
    this.byId = resolution.byId;
    this.leastOrder = leastOrder;
    this.#resolution = resolution;
    this.#tagSettings = tagSettings;
    const byTags = tagSettings.enabled ? tagFilter(call.tags, this.group.entries, tagSettings.matchAny) : undefined;
    this.tagFilter = call.foreign?.onlyNative === true ? nativeFilter(call, this.group.entries, byTags) : byTags;
  }

  /** The name that the call is routed by here, and the group that it led to. */
  get names(): readonly string[] {
    return [this.call.model, this.group.name];
  }

  upstreamModel(deployment: Deployment): string {
    const { captures } = this.#resolution;
    return captures === undefined ? deployment.upstreamModel : fillTemplate(deployment.upstreamModel, captures, this.call.model);
  }

  /** Begins an attempt. @returns Whether this deployment has failed the call before. */
  enter(entry: RoutedDeployment): boolean {
    this.tried.push(entry.row);
    this.#lastOrder = Math.max(this.#lastOrder, entry.deployment.order);
    const again = this.#everTried.has(entry.row);
    this.#everTried.add(entry.row);
    return again;
  }

  fail(entry: RoutedDeployment, failure: FailureClass, mayChangeOrder: boolean): void {
    this.failures++;
    if (failure === "elsewhere") this.#hopeless.add(entry.row);
    if (!mayChangeOrder) this.highestOrder = Math.min(this.highestOrder, entry.deployment.order);
  }

  /** The deployments that may be asked again. */
  repeatable(): readonly RoutedDeployment[] {
    return this.group.entries.filter((entry) => this.#everTried.has(entry.row) && !this.#hopeless.has(entry.row));
  }

  /** After a wait, everything may be tried once more but what is hopeless or must not be asked again. */
  forgetTried(mayRepeat: (row: number) => boolean): void {
    this.tried = [...this.#everTried].filter((row) => this.#hopeless.has(row) || !mayRepeat(row));
  }

  /** A stay in the orders above those that were tried; undefined when there are none. */
  nextOrder(): GroupAttempts | undefined {
    const above = this.group.entries.map((entry) => entry.deployment.order).filter((order) => order > this.#lastOrder);
    if (above.length === 0 || this.#lastOrder === Number.NEGATIVE_INFINITY) return undefined;
    return new GroupAttempts(this.call, this.#resolution, this.#tagSettings, Math.min(...above));
  }
}

/**
 * Lets through what answers in the caller's own format, for a call that no other deployment can serve. Where there is none, the call goes to
 * any of them, and learns from its adapter why it cannot be served.
 */
function nativeFilter(call: Call, entries: readonly RoutedDeployment[], byTags: TagFilter | undefined): TagFilter | undefined {
  const isNative: TagFilter = (entry) => entry.deployment.adapter.replyFormat(call) === call.format;
  return entries.some(isNative) ? (entry) => isNative(entry) && (byTags?.(entry) ?? true) : byTags;
}
