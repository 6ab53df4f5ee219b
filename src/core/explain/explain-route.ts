import type { Clock } from "../../lib/clock.ts";
import { isTooLongName, shownName } from "../../lib/long-name.ts";
import { err, ok, type Result } from "../../lib/result.ts";
import { demandOf, untried, type GroupDemand } from "../pick/demand.ts";
import { eligibility } from "../pick/eligibility.ts";
import { eligibilityDetail } from "./eligibility-detail.ts";
import { RouterError } from "../errors.ts";
import type { RouteExplanation, RouteQuery } from "../explain.ts";
import { fallbackTargets } from "../call/fallbacks.ts";
import { GroupAttempts } from "../call/group-attempts.ts";
import { dearestPrices } from "../keys/prices.ts";
import type { KeyLimits } from "../keys/key-limits.ts";
import type { Ledger } from "../state/ledger.ts";
import { noCapacity } from "../pick/no-capacity.ts";
import { pickContext } from "../pick/pick-context.ts";
import type { ExplainedPick, Picker } from "../pick/picker.ts";
import type { Resolution, RoutingTable } from "../table/routing-table.ts";
import { callTagFilter } from "../pick/tag-filter.ts";
import { tierReason } from "../pick/tier-reason.ts";
import type { WaitQueue } from "../queue/wait-queue.ts";

interface ExplainDeps {
  readonly clock: Clock;
  readonly ledger: Ledger;
  readonly picker: Picker;
  readonly queue: WaitQueue;
  readonly keys: KeyLimits;
  /** Called when a user's strategy fails to explain itself. */
  onInternalError(error: unknown): void;
}

/**
 * Says where a call like this would go now, by the same eligibility and the same strategy that route. Changes nothing.
 * @returns An error when there is no such model.
 */
export function explainRoute(query: RouteQuery, table: RoutingTable, deps: ExplainDeps): Result<RouteExplanation, RouterError> {
  const { ledger, picker, queue } = deps;
  const resolution = isTooLongName(query.model) ? undefined : table.resolve(query.model);
  if (resolution === undefined) {
    const message = `The model "${shownName(query.model)}" does not exist here. The list of models (GET /v1/models) has the names that do.`;
    return err(new RouterError("model_not_found", message, { param: "model" }));
  }
  const { group } = resolution;
  const tags = [...new Set([...query.tags, ...(query.caller?.tags ?? [])])];
  const { enabled, matchAny } = table.settings.tagFiltering;
  const demand = demandOf(
    { ...query, answers: 1, allowedRegion: query.allowedRegion?.toLowerCase(), wantsResponseSchema: false },
    {
      ...untried,
      requestBytes: query.requestBytes,
      refusals: refusalsOf(query, resolution, table),
      tagFilter: enabled ? callTagFilter(tags, query.caller?.tags ?? [], group.entries, matchAny) : undefined,
      byId: resolution.byId,
    },
    table.settings,
    deps.clock.now(),
  );
  const kind = group.lengths?.kindOf({ maxOutputTokens: query.maxOutputTokens, tenant: query.caller?.name }) ?? 0;
  const prefix = query.call === undefined ? undefined : group.prefixes?.prefixOf(query.call.body);
  const context = pickContext(group, demand, { stream: query.stream, kind, prefix }, ledger);
  const explained = picker.explain(group, demand, context, (error) => deps.onInternalError(error));
  const met = explained?.demand ?? demand;
  const refusal = keyRefusal(query, resolution, deps.keys) ?? (queue.isHeld(group.name) ? heldUp(group.name) : undefined);
  const pickedId = refusal === undefined ? explained?.pick?.id : undefined;
  const scores = explained === undefined ? undefined : scoresById(explained);
  const details = explained?.explanation?.details === undefined ? undefined : detailsById(explained);
  const failure = explained === undefined ? noCapacity(query.model, group, demand, ledger) : anyFailure;
  return ok({
    group: group.name,
    strategy: group.strategyName,
    candidates: group.entries.map((entry) => {
      const reason = tierReason(entry, explained?.tier, eligibility(entry, met, ledger));
      const warming = reason === "eligible" && eligibility(entry, demand, ledger) === "warming_up";
      return {
        deploymentId: entry.id,
        weight: entry.weight,
        eligibility: reason,
        detail: warming
          ? "Is warming up, but nothing else is left."
          : (details?.get(entry.id) ?? eligibilityDetail(entry, reason, met, ledger, tags)),
        score: scores?.get(entry.id),
        picked: entry.id === pickedId,
      };
    }),
    pickedId,
    reason: refusal ?? (explained === undefined ? failure.message : reasonOf(explained, group.strategyName)),
    scoreMeaning: explained?.explanation?.meaning ?? "",
    fallbacks: fallbackGroups(failure, query.model, table),
  });
}

/** What the adapters of a group say that cannot be sent the call of a query. */
function refusalsOf({ call, model }: RouteQuery, resolution: Resolution, { settings }: RoutingTable): GroupDemand["refusals"] {
  if (call === undefined) return undefined;
  const attempts = new GroupAttempts({ ...call, model }, resolution, settings);
  for (const entry of resolution.group.entries) attempts.takes(entry);
  return attempts.refusals;
}

/** Stands for any failure of a deployment: the fallbacks of one are those of nearly all. */
const anyFailure = new RouterError("upstream_error", "The deployment failed.");

function keyRefusal(
  { caller, model, requestBytes, maxOutputTokens }: RouteQuery,
  resolution: Resolution,
  keys: KeyLimits,
): string | undefined {
  if (caller === undefined) return undefined;
  if (!caller.allows(model)) return `The key "${caller.name}" may not call "${model}".`;
  return keys.refusal(caller, { requestBytes, maxOutputTokens, answers: 1 }, dearestPrices(resolution, model))?.message;
}

function heldUp(group: string): string {
  return `Calls have waited for capacity of "${group}" so long that a new one has to stand behind them.`;
}

function scoresById({ candidates, explanation }: ExplainedPick): ReadonlyMap<string, number | undefined> {
  return new Map(candidates.map(({ id }, index) => [id, explanation?.scores[index]]));
}

function detailsById({ candidates, explanation }: ExplainedPick): ReadonlyMap<string, string | undefined> {
  return new Map(candidates.map(({ id }, index) => [id, explanation?.details?.[index]]));
}

function reasonOf({ candidates, explanation, pick }: ExplainedPick, strategy: string): string {
  if (pick === undefined) {
    return `One of the ${candidates.length} that are eligible; the strategy "${strategy}" does not explain which one it would pick.`;
  }
  if (candidates.length === 1) return `"${pick.id}" is the only one that may serve the call now.`;
  if (explanation?.byChance === true) {
    return `Chance decides, so another call may go elsewhere than to "${pick.id}"; ${strategy} scores ${explanation.meaning}.`;
  }
  return `${strategy} picks "${pick.id}" by its score: ${explanation?.meaning}.`;
}

/** The groups that a call goes to, one after the other, when each of them fails it. */
function fallbackGroups(failure: RouterError, model: string, table: RoutingTable): readonly string[] {
  const { fallbacks } = table.settings;
  const visited = new Set([model]);
  const groups: string[] = [];
  const targetsOf = (name: string, group: string, error: RouterError): string[] =>
    fallbackTargets(error, [name, group], noWishes, fallbacks).map((target) => target.model);
  const ahead = targetsOf(model, table.resolve(model)?.group.name ?? model, failure);
  for (let name = ahead.shift(); name !== undefined && groups.length < fallbacks.maxFallbacks; name = ahead.shift()) {
    if (visited.has(name)) continue;
    visited.add(name);
    const group = table.resolve(name)?.group.name;
    if (group === undefined) continue;
    groups.push(group);
    ahead.push(...targetsOf(name, group, anyFailure));
  }
  return groups;
}

const noWishes = { disableFallbacks: false, fallbacks: undefined, contextWindowFallbacks: undefined, contentPolicyFallbacks: undefined };
