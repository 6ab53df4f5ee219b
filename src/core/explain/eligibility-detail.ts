import type { Eligibility } from "../deployment-status.ts";
import { isProbing, msUntilEligible, tokensToReserve, warmUpCalls, tokensAtMost } from "../pick/eligibility.ts";
import type { Demand } from "../pick/demand.ts";
import { causeOf } from "../pick/no-capacity.ts";
import type { Ledger } from "../state/ledger.ts";
import type { RoutedDeployment } from "../table/routed-deployment.ts";

/**
 * A sentence for people where the eligibility alone does not say it all; else empty.
 * @param tags The tags of the call.
 */
export function eligibilityDetail(
  entry: RoutedDeployment,
  reason: Eligibility,
  demand: Demand,
  ledger: Ledger,
  tags: readonly string[] = [],
): string {
  const { row, deployment } = entry;
  const { now } = demand;
  const health = entry.healthRow(demand.endpoint);
  const { prompt, output } = tokensToReserve(entry, demand, ledger);
  const wait = room(msUntilEligible(entry, reason, demand, ledger));
  switch (reason) {
    case "eligible":
      return ledger.isCoolingDown(health) && !demand.byId ? "The next call shows whether it is well again." : "";
    case "blocked":
      return deployment.blocked ? "Blocked by its configuration." : "Blocked by an operator.";
    case "draining":
      return `Gets no new calls; ${count(ledger.inFlight(row), "call")} under way.`;
    case "cooling_down":
      return isProbing(health, now, ledger)
        ? "A call is under way that shows whether it is well again."
        : `Cooling down for ${seconds(ledger.cooldownUntil(health) - now)} more after ${afterWhat(health, ledger)}${demand.endpoint === undefined || health === row ? "" : ` of ${demand.endpoint}`}.`;
    case "warming_up":
      return `Back from a cooldown: takes ${count(warmUpCalls(health, now, ledger), "call")} at a time for now.`;
    case "context_window":
      return `Takes ${number(deployment.maxInputTokens)} tokens; the prompt has about ${number(ledger.estimatePromptTokens(row, demand.requestBytes))}.`;
    case "region":
      return `${deployment.region === undefined ? "Its region is not known" : `Computes in ${deployment.region}`}; the call must stay in ${demand.allowedRegion}.`;
    case "response_format":
      return "Takes no JSON schema for its answers.";
    case "cannot_serve_this":
      return demand.refusals?.get(row)?.message ?? "";
    case "tags":
      return `${deployment.tags.length === 0 ? "Has no tags" : `Tagged ${deployment.tags.join(", ")}`}; the call ${tags.length === 0 ? "has none" : `asks for ${tags.join(", ")}`}.`;
    case "rpm_limit":
      return ledger.requestsSpentUntil(entry.quotaRow, now) > 0
        ? `Its provider takes no more requests${wait}.`
        : `${number(ledger.usedRequests(row, now))} of ${number(entry.rpmLimit)} requests used within a minute${wait}.`;
    case "tpm_limit":
      return ledger.tokensSpentUntil(entry.quotaRow, now, tokensAtMost(entry, demand, ledger)) > 0
        ? `Its provider takes no more tokens${wait}.`
        : tokens(ledger.usedTokens(row, now), entry.tpmLimit, "tokens", prompt + output, wait);
    case "itpm_limit":
      return tokens(ledger.usedPromptTokens(row, now), entry.itpmLimit, "prompt tokens", prompt, wait);
    case "otpm_limit":
      return tokens(ledger.usedOutputTokens(row, now), entry.otpmLimit, "output tokens", output, wait);
    case "rpd_limit":
      return `${number(ledger.requestsOfDay(row))} of ${number(deployment.daily?.requests)} requests of the day used${wait}.`;
    case "tpd_limit":
      return `${number(ledger.tokensOfDay(row))} of ${number(deployment.daily?.tokens)} tokens of the day used, the call takes about ${number(prompt + output)}${wait}.`;
    case "max_parallel_requests":
      return entry.learnsParallel
        ? `${number(ledger.inFlight(row))} calls under way; the limit is ${number(entry.parallelLimit)} now, by its own times.`
        : `${number(ledger.inFlight(row))} of ${count(entry.parallelLimit, "call")} under way.`;
    case "lower_order_preferred":
      return `Of order ${deployment.order}: used when nothing of a lower order is eligible.`;
    case "backup":
      return "Has weight 0: used when nothing with weight is eligible.";
    case "invalid":
    case "already_tried":
    case "other_order":
      return "";
    default:
      return reason satisfies never;
  }
}

function afterWhat(row: number, ledger: Ledger): string {
  const cause = ledger.cooldownCause(row);
  return cause === undefined || causeOf(cause) === "failures" ? "failures" : `failures (${causeOf(cause)})`;
}

function tokens(used: number, limit: number, unit: string, needed: number, wait: string): string {
  return `${number(used)} of ${number(limit)} ${unit} used within a minute, the call takes about ${number(needed)}${wait}.`;
}

function room(untilMs: number | undefined): string {
  return untilMs === undefined ? "" : `; room in ${seconds(untilMs)}`;
}

/** Short spans to a tenth of a second: people watch them run out. */
function seconds(ms: number): string {
  const rounded = ms < 10_000 ? Math.ceil(ms / 100) / 10 : Math.ceil(ms / 1_000);
  return `${number(Math.max(rounded, 0))} s`;
}

function count(amount: number, unit: string): string {
  return `${number(amount)} ${unit}${amount === 1 ? "" : "s"}`;
}

/** Made once: `toLocaleString` looks its locale up each time, which takes longer than the rest of a status. */
const inThousands = new Intl.NumberFormat("en-US");

function number(value: number | undefined): string {
  return inThousands.format(value ?? 0);
}
