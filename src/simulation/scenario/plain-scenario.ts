import type { Deployment } from "../../core/deployment.ts";
import type { CallerSpec } from "../traffic/callers.ts";
import { expectedCalls } from "../traffic/callers.ts";
import type { Scenario } from "./scenario.ts";
import { seedsUpTo } from "./read-scenario.ts";

const load = 0.8;
const promptTokens = { mean: 1_000, p99: 5_000 };
const outputTokens = { mean: 200, p99: 1_000 };
/** What a deployment without limits is taken to serve, in requests a minute. */
const unlimitedRpm = 120;
const mostCalls = 200_000;
const longestMs = 600_000;

/** Traffic at 0.8 of what the limits of a group's deployments allow together. */
export function plainCallers(deployments: readonly Deployment[]): readonly CallerSpec[] {
  return [...Map.groupBy(deployments.filter(isChat), ({ group }) => group)].map(([group, members]) => ({
    model: group.replaceAll("*", "any"),
    arrivals: { kind: "poisson", perSecond: (load * members.reduce((sum, one) => sum + callsAMinute(one), 0)) / 60 },
    trace: undefined,
    promptTokens,
    outputTokens,
    streamed: 1,
    sessions: undefined,
    tenants: [],
    priority: 0,
    deadlineMs: undefined,
    patienceMs: undefined,
  }));
}

/** A scenario that is made of the configuration alone. */
export function plainScenario(deployments: readonly Deployment[]): Scenario {
  const callers = plainCallers(deployments);
  const calls = callers.reduce((sum, caller) => sum + expectedCalls(caller, longestMs), 0);
  const durationMs = Math.round(longestMs * Math.min(1, mostCalls / Math.max(calls, 1)));
  return {
    durationMs,
    warmUpMs: durationMs / 10,
    seeds: seedsUpTo(3),
    good: { firstMs: 2_000, tokenMs: 100 },
    nodes: undefined,
    byId: new Map(),
    byGroup: new Map(),
    callers,
    timeline: [],
  };
}

/** What is said of a scenario that nobody wrote. */
export const plainScenarioNote =
  "no --scenario: each deployment is taken for a provider with the rpm and tpm that the configuration has for it " +
  `(without either: ${unlimitedRpm} requests a minute of traffic, and no quota), first tokens after 0.5 s on average, prompts of ` +
  `${promptTokens.mean} and answers of ${outputTokens.mean} tokens on average, and traffic at ${load} of the sum of the limits`;

function callsAMinute({ rpm, tpm }: Deployment): number {
  const byTokens = tpm === undefined ? undefined : tpm / (promptTokens.mean + outputTokens.mean);
  if (rpm === undefined && byTokens === undefined) return unlimitedRpm;
  return Math.min(rpm ?? Number.POSITIVE_INFINITY, byTokens ?? Number.POSITIVE_INFINITY);
}

function isChat({ info: { mode } }: Deployment): boolean {
  return mode === undefined || mode === "chat" || mode === "completion" || mode === "responses";
}
