import { type ConfigNode, isNull, type MapNode, showNode } from "../../config/tree/config-node.ts";
import type { FindingLog } from "../../config/tree/finding-log.ts";
import { toNumber } from "../../config/tree/scalar.ts";
import { didYouMean } from "../../lib/suggest.ts";
import { replicaNames, replicaSpecOf } from "../../replica/replica-settings.ts";
import { type CallerSpec, expectedCalls } from "../traffic/callers.ts";
import type { Trace, TracedCall } from "../traffic/trace-reader.ts";
import { type Distribution, highestSpread } from "../world/distribution.ts";
import type { ProviderSpec } from "../world/provider-spec.ts";
import { readTimeline } from "./read-timeline.ts";
import type { DeploymentModel, Scenario } from "./scenario.ts";
import * as tables from "./scenario-tables.ts";
import { checkName, mapsOf, openSection } from "./section.ts";

/** What a scenario is read beside. */
export interface ScenarioContext {
  /** The ids of the configuration's deployments, and the names that callers may ask for, the first one by default. */
  readonly ids: readonly string[];
  readonly groups: readonly string[];
  readonly models: readonly string[];
  /** Reads a trace. @returns What was read, or what is wrong with it. */
  readonly readTrace: (path: string) => Promise<Trace | string>;
}

/** More calls than this are not simulated: all of them are kept until the end. */
const mostCalls = 10_000_000;

/** Reads a number, or `{mean, p99}`. */
function readDistribution(node: ConfigNode | undefined, path: string, fallback: Distribution, log: FindingLog): Distribution {
  if (node === undefined || isNull(node)) return fallback;
  const number = toNumber(node);
  if (number !== undefined && number > 0 && Number.isFinite(number)) return number;
  if (node.kind !== "map") {
    log.problem(node.at, path, `must be a number > 0 or {mean: …, p99: …}, not ${showNode(node)}`);
    return fallback;
  }
  const reader = openSection(tables.distributionTable, node, path, log);
  const [mean, p99] = [reader.number("mean"), reader.number("p99")];
  if (mean !== undefined && p99 !== undefined && p99 >= mean && p99 <= mean * highestSpread) return { mean, p99 };
  log.problem(node.at, path, `needs a mean and a p99 of 1 to ${highestSpread.toFixed(1)} times as much`);
  return fallback;
}

/** Reads a scenario. What is wrong with it is in the log. */
export async function readScenario(root: ConfigNode, context: ScenarioContext, log: FindingLog): Promise<Scenario | undefined> {
  if (root.kind !== "map") {
    log.problem(root.at, "", `a scenario is a map, not ${showNode(root)}`);
    return undefined;
  }
  const reader = openSection(tables.scenarioTable, root, "", log);
  const durationMs = reader.milliseconds("duration") ?? tables.scenarioTable.duration.default * 1_000;
  const goodReader = openSection(tables.goodTable, reader.map("good"), "good", log);
  const byId = new Map<string, DeploymentModel>();
  const byGroup = new Map<string, DeploymentModel>();
  for (const [node, path] of mapsOf(reader.list("deployments"), "deployments", log))
    readDeployment(node, path, context, { byId, byGroup }, log);
  const callers: CallerSpec[] = [];
  for (const [node, path] of mapsOf(reader.list("callers"), "callers", log)) {
    const caller = await readCaller(node, path, context, log);
    if (caller !== undefined) callers.push(caller);
  }
  const calls = callers.reduce((sum, caller) => sum + expectedCalls(caller, durationMs), 0);
  if (calls > mostCalls)
    log.problem(root.at, "callers", `make about ${Math.round(calls)} calls in this time; at most ${mostCalls} are simulated`);
  return {
    durationMs,
    warmUpMs: Math.min(reader.milliseconds("warm_up") ?? durationMs / 10, durationMs),
    seeds: readSeeds(reader.node("seeds"), log),
    good: {
      firstMs: goodReader.milliseconds("first_token") ?? tables.goodTable.first_token.default * 1_000,
      tokenMs: (goodReader.number("per_token") ?? tables.goodTable.per_token.default) * 1_000,
    },
    nodes: readNodes(reader.map("nodes"), log),
    byId,
    byGroup,
    callers,
    timeline: readTimeline(reader.list("timeline"), context.ids, log),
  };
}

function readSeeds(node: ConfigNode | undefined, log: FindingLog): readonly number[] {
  if (node === undefined) return seedsUpTo(tables.scenarioTable.seeds.default);
  const count = toNumber(node);
  if (count !== undefined && Number.isSafeInteger(count) && count >= 1 && count <= 1_000) return seedsUpTo(count);
  const listed = node.kind === "list" ? node.items.map((item) => toNumber(item)) : [];
  const seeds = listed.filter((seed) => seed !== undefined && Number.isSafeInteger(seed) && seed >= 0);
  if (seeds.length > 0 && seeds.length === listed.length && seeds.length <= 1_000) return seeds as readonly number[];
  log.problem(node.at, "seeds", `must be a whole number from 1 to 1000 or a list of whole numbers ≥ 0, not ${showNode(node)}`);
  return [1];
}

/** 1, 2, … */
export function seedsUpTo(count: number): readonly number[] {
  return Array.from({ length: count }, (_none, index) => index + 1);
}

function readNodes(node: MapNode | undefined, log: FindingLog): Scenario["nodes"] {
  if (node === undefined) return undefined;
  const reader = openSection(tables.nodesTable, node, "nodes", log);
  return { count: reader.number("count") ?? tables.nodesTable.count.default, lateMs: reader.number("sync_ms") };
}

function readDeployment(
  node: MapNode,
  path: string,
  { ids, groups }: ScenarioContext,
  into: { readonly byId: Map<string, DeploymentModel>; readonly byGroup: Map<string, DeploymentModel> },
  log: FindingLog,
): void {
  const reader = openSection(tables.deploymentTable, node, path, log);
  const [id, model] = [reader.text("id"), reader.text("model")];
  const [replica, provider] = [reader.map("replica"), reader.map("provider")];
  if ((id === undefined) === (model === undefined)) log.problem(node.at, path, "needs an id or a model, and not both");
  if ((replica === undefined) === (provider === undefined))
    log.problem(node.at, path, "needs either replica or provider ({} for the usual one)");
  checkName(id, ids, { at: reader.node("id") ?? node, path: `${path}.id`, what: "deployment" }, log);
  checkName(model, groups, { at: reader.node("model") ?? node, path: `${path}.model`, what: "model_name" }, log);
  const is: DeploymentModel =
    replica === undefined
      ? { kind: "provider", spec: readProvider(provider, `${path}.provider`, log) }
      : { kind: "replica", spec: readReplica(replica, `${path}.replica`, log) };
  if (id !== undefined) into.byId.set(id, is);
  else if (model !== undefined) into.byGroup.set(model, is);
}

function readReplica(node: MapNode, path: string, log: FindingLog): Extract<DeploymentModel, { kind: "replica" }>["spec"] {
  const reader = openSection(tables.replicaTable, node, path, log);
  return replicaSpecOf(Object.fromEntries(replicaNames.map((name) => [name, reader.number(name)])));
}

const countings = ["at once", "at end"] as const;
const tellings = ["nothing", "retry-after", "limits"] as const;

function readProvider(node: MapNode | undefined, path: string, log: FindingLog): Partial<ProviderSpec> {
  const reader = openSection(tables.providerTable, node, path, log);
  const choice = <Choice extends string>(name: "counts_answers" | "tells", allowed: readonly Choice[]): Choice | undefined => {
    const written = reader.text(name);
    const found = allowed.find((one) => one === written);
    if (written !== undefined && found === undefined) {
      const at = reader.node(name)?.at;
      const message = `must be one of ${allowed.join(", ")}${didYouMean(written, allowed)}`;
      if (at !== undefined) log.problem(at, `${path}.${name}`, message);
    }
    return found;
  };
  const first = reader.node("first_token");
  const pace = reader.node("tokens_per_second");
  return withoutUndefined({
    rpm: reader.number("rpm"),
    tpm: reader.number("tpm"),
    burstMs: reader.milliseconds("burst"),
    countsAnswers: choice("counts_answers", countings),
    firstMs: first === undefined ? undefined : timesThousand(readDistribution(first, `${path}.first_token`, 0.5, log)),
    tokensPerSecond: pace === undefined ? undefined : readDistribution(pace, `${path}.tokens_per_second`, 60, log),
    tells: choice("tells", tellings),
    errorRate: reader.number("error_rate"),
    errorStatus: reader.number("error_status"),
  });
}

/** What is left out counts as its default. */
function withoutUndefined(spec: { readonly [Key in keyof ProviderSpec]: ProviderSpec[Key] | undefined }): Partial<ProviderSpec> {
  return Object.fromEntries(Object.entries(spec).filter(([, value]) => value !== undefined));
}

function timesThousand(seconds: Distribution): Distribution {
  return typeof seconds === "number" ? seconds * 1_000 : { mean: seconds.mean * 1_000, p99: seconds.p99 * 1_000 };
}

async function readCaller(node: MapNode, path: string, context: ScenarioContext, log: FindingLog): Promise<CallerSpec | undefined> {
  const { callerTable: table } = tables;
  const reader = openSection(table, node, path, log);
  const model = reader.text("model") ?? context.models[0] ?? "";
  checkName(model, context.models, { at: reader.node("model") ?? node, path: `${path}.model`, what: "model" }, log);
  const file = reader.text("trace");
  const read = file === undefined ? undefined : await context.readTrace(file);
  const tracePlace = { at: reader.node("trace") ?? node, path: `${path}.trace` };
  const trace = read === undefined ? undefined : callsOf(read, reader.text("trace_group"), tracePlace, log);
  const perSecond = reader.number("per_second");
  if (perSecond === undefined && file === undefined) log.problem(node.at, path, "needs per_second or a trace");
  const sessions = reader.map("sessions");
  const sessionReader = openSection(tables.sessionsTable, sessions, `${path}.sessions`, log);
  const of = (name: "prompt_tokens" | "output_tokens"): Distribution =>
    readDistribution(reader.node(name), `${path}.${name}`, table[name].default, log);
  return {
    model,
    arrivals: readArrivals(perSecond, reader.number("speed") ?? 1, reader.map("bursts"), path, log),
    trace,
    promptTokens: of("prompt_tokens"),
    outputTokens: of("output_tokens"),
    streamed: reader.number("streamed") ?? 1,
    sessions:
      sessions === undefined
        ? undefined
        : {
            turns: readDistribution(sessionReader.node("turns"), `${path}.sessions.turns`, 6, log),
            thinkMs: timesThousand(readDistribution(sessionReader.node("think"), `${path}.sessions.think`, 15, log)),
          },
    tenants: readTenants(reader.node("tenants"), `${path}.tenants`, log),
    priority: reader.number("priority") ?? 0,
    deadlineMs: reader.milliseconds("deadline"),
    patienceMs: reader.milliseconds("patience"),
  };
}

/** The calls of a trace, of one group where that is asked for. What is wrong is in the log. */
function callsOf(
  read: Trace | string,
  group: string | undefined,
  { at, path }: { readonly at: ConfigNode; readonly path: string },
  log: FindingLog,
): readonly TracedCall[] | undefined {
  if (typeof read === "string") {
    log.problem(at.at, path, read);
    return undefined;
  }
  if (read.leftOut !== undefined) log.warning(at.at, path, read.leftOut);
  if (group === undefined) return read.calls;
  const own = read.calls.filter((call) => call.group === group);
  if (own.length > 0) return own;
  const groups = [...new Set(read.calls.flatMap((call) => call.group ?? []))];
  const others = groups.length === 0 ? "it tells of no groups" : `there are ${groups.slice(0, 10).join(", ")}`;
  log.problem(at.at, path, `has no calls of the group ${JSON.stringify(group)}; ${others}`);
  return undefined;
}

function readArrivals(
  perSecond: number | undefined,
  speed: number,
  bursts: MapNode | undefined,
  path: string,
  log: FindingLog,
): CallerSpec["arrivals"] {
  if (perSecond === undefined) {
    if (bursts !== undefined) log.problem(bursts.at, `${path}.bursts`, "need per_second beside them");
    return { kind: "trace", speed };
  }
  if (bursts === undefined) return { kind: "poisson", perSecond };
  const reader = openSection(tables.burstsTable, bursts, `${path}.bursts`, log);
  const { every, for: lasts, times } = tables.burstsTable;
  return {
    kind: "bursts",
    perSecond,
    times: reader.number("times") ?? times.default,
    everyMs: reader.milliseconds("every") ?? every.default * 1_000,
    forMs: reader.milliseconds("for") ?? lasts.default * 1_000,
  };
}

function readTenants(node: ConfigNode | undefined, path: string, log: FindingLog): readonly string[] {
  if (node === undefined) return [];
  const count = toNumber(node);
  if (count !== undefined && Number.isSafeInteger(count) && count >= 1 && count <= 10_000)
    return seedsUpTo(count).map((number) => `tenant-${number}`);
  if (node.kind === "list" && node.items.every((item) => item.kind === "scalar")) return node.items.map((item) => item.text);
  log.problem(node.at, path, `must be a whole number from 1 to 10000 or a list of names, not ${showNode(node)}`);
  return [];
}
