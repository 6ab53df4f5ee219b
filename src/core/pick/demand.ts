import type { Call } from "../call.ts";
import { textLength } from "../../lib/json/json-text.ts";
import { type Endpoint, endpoints } from "../endpoints.ts";
import type { RouterError } from "../errors.ts";
import type { UnitCounts } from "../outcome.ts";
import type { RouterSettings } from "../router-settings.ts";
import type { TagFilter } from "./tag-filter.ts";

/** What a request takes from limits. */
export interface LimitDemand {
  /** Milliseconds on the router's clock. */
  readonly now: number;
  /** Size of the request in bytes. */
  readonly requestBytes: number;
  /** The caller's cap on output tokens. Undefined when it gave none. */
  readonly maxOutputTokens: number | undefined;
  /** How many answers it asks for. */
  readonly answers: number;
  /** As `Call.units`. */
  readonly units?: UnitCounts | undefined;
  /** What is asked for: a deployment's health is known by endpoint. Omit it for what each deployment is for. */
  readonly endpoint?: Endpoint | undefined;
}

/** Size of what a call's prompt tokens are estimated from, in bytes: its body; 0 where that is no prompt. */
export function promptBytes({ endpoint, body }: Pick<Call, "endpoint" | "body">): number {
  return endpoints[endpoint].hasTokens ? textLength(body) : 0;
}

/** What decides about eligibility besides the deployment itself. */
export interface Demand extends LimitDemand {
  /** In lower case. Undefined when the call may be computed anywhere. */
  readonly allowedRegion: string | undefined;
  readonly wantsResponseSchema: boolean;
  readonly enforceRateLimits: boolean;
  readonly preCallChecks: boolean;
  /** Rows already tried for this call. */
  readonly tried: readonly number[];
  /** What the adapters of rows said that cannot be sent this call. Undefined while none has. */
  readonly refusals: ReadonlyMap<number, RouterError> | undefined;
  /** Providers that have more to do than they can: deployments of others are asked first. Omit it for none. */
  readonly avoidedProviders?: ReadonlySet<string> | undefined;
  /** Undefined when tags play no part. */
  readonly tagFilter: TagFilter | undefined;
  /** The orders that may serve this call, both included. */
  readonly leastOrder: number;
  readonly highestOrder: number;
  /** The caller named this very deployment: it is used even while it cools down. */
  readonly byId: boolean;
  /** Nothing else is left: deployments that are warming up take all calls, and prompts larger than a limit are taken. */
  readonly acceptWarming: boolean;
}

/** The part of a {@link Demand} that comes from the call. */
export type CallDemand = Pick<Call, "maxOutputTokens" | "answers" | "allowedRegion" | "wantsResponseSchema"> &
  Partial<Pick<Call, "endpoint">>;

/** The part of a {@link Demand} that comes from where the call stands in a group. */
export type GroupDemand = Pick<
  Demand,
  "requestBytes" | "tried" | "refusals" | "avoidedProviders" | "tagFilter" | "leastOrder" | "highestOrder" | "byId"
>;

/** Where a call stands in a group before anything was tried there. */
export const untried = {
  tried: [],
  refusals: undefined,
  tagFilter: undefined,
  leastOrder: Number.NEGATIVE_INFINITY,
  highestOrder: Number.POSITIVE_INFINITY,
  byId: false,
} as const satisfies Omit<GroupDemand, "requestBytes">;

/** What a call demands of a group's deployments now: the same for routing, for explaining a route and for listing deployments. */
export function demandOf(
  call: CallDemand,
  group: GroupDemand,
  settings: Pick<RouterSettings, "enforceRateLimits" | "preCallChecks">,
  now: number,
): Demand {
  return {
    now,
    requestBytes: group.requestBytes,
    maxOutputTokens: call.maxOutputTokens,
    answers: call.answers,
    endpoint: call.endpoint,
    allowedRegion: call.allowedRegion,
    wantsResponseSchema: call.wantsResponseSchema,
    enforceRateLimits: settings.enforceRateLimits,
    preCallChecks: settings.preCallChecks,
    tried: group.tried,
    refusals: group.refusals,
    avoidedProviders: group.avoidedProviders,
    tagFilter: group.tagFilter,
    leastOrder: group.leastOrder,
    highestOrder: group.highestOrder,
    byId: group.byId,
    acceptWarming: false,
  };
}
