import type { SectionReader } from "../../config/settings/section-reader.ts";
import { type ConfigNode, type MapNode, showNode } from "../../config/tree/config-node.ts";
import type { FindingLog } from "../../config/tree/finding-log.ts";
import { toBoolean, toNumber } from "../../config/tree/scalar.ts";
import type { ScenarioEvent } from "./scenario.ts";
import { eventTable, rateTable } from "./scenario-tables.ts";
import { checkName, mapsOf, openSection } from "./section.ts";

const kinds = ["slow", "errors", "refusals", "hang", "cut", "down", "cold", "quota", "drained", "added", "removed"] as const;

/** Reads what happens on the way. */
export function readTimeline(items: readonly ConfigNode[] | undefined, ids: readonly string[], log: FindingLog): readonly ScenarioEvent[] {
  const events: ScenarioEvent[] = [];
  for (const [node, path] of mapsOf(items, "timeline", log)) {
    const reader = openSection(eventTable, node, path, log);
    const deployment = reader.text("deployment");
    const atMs = reader.milliseconds("at");
    const forMs = reader.milliseconds("for");
    if (atMs === undefined && reader.node("at") === undefined) log.problem(node.at, path, "needs at: when it begins");
    if (deployment === undefined) log.problem(node.at, path, "needs deployment: whom it befalls");
    checkName(deployment, ids, { at: reader.node("deployment") ?? node, path: `${path}.deployment`, what: "deployment" }, log);
    const given = kinds.filter((kind) => reader.node(kind) !== undefined);
    const [kind] = given;
    if (kind === undefined || given.length > 1) {
      log.problem(node.at, path, `needs exactly one of ${kinds.join(", ")}${given.length > 1 ? `, not ${given.join(" and ")}` : ""}`);
      continue;
    }
    const happens = readHappening(kind, reader, path, log);
    if (happens === undefined || atMs === undefined || deployment === undefined) continue;
    events.push({ atMs, forMs, deployment, happens, label: labelOf(happens, deployment) });
  }
  return events;
}

function readHappening(
  kind: (typeof kinds)[number],
  reader: SectionReader<typeof eventTable>,
  path: string,
  log: FindingLog,
): ScenarioEvent["happens"] | undefined {
  switch (kind) {
    case "slow":
    case "cold":
    case "quota": {
      const factor = reader.number(kind);
      return factor === undefined ? undefined : { kind, factor };
    }
    case "hang":
    case "down":
      return reader.boolean(kind) === true ? { kind } : undefined;
    case "drained":
    case "added":
    case "removed":
      return reader.boolean(kind) === true ? kind : undefined;
    case "errors":
    case "refusals":
    case "cut": {
      const part = readRate(reader.node(kind), `${path}.${kind}`, log);
      if (part === undefined) return undefined;
      const { rate, options } = part;
      if (kind === "errors") return { kind, rate, status: options.number("status") ?? rateTable.status.default };
      if (kind === "refusals") return { kind, rate, retryAfterMs: options.milliseconds("retry_after") };
      return { kind, rate, afterTokens: options.number("after_tokens") ?? rateTable.after_tokens.default };
    }
    default:
      return kind satisfies never;
  }
}

interface Part {
  readonly rate: number;
  readonly options: SectionReader<typeof rateTable>;
}

/** Reads `true`, a share, or a map with more. */
function readRate(node: ConfigNode | undefined, path: string, log: FindingLog): Part | undefined {
  const map: MapNode | undefined = node?.kind === "map" ? node : undefined;
  const options = openSection(rateTable, map, path, log);
  if (node === undefined) return undefined;
  if (map !== undefined) return { rate: options.number("rate") ?? 1, options };
  const rate = toNumber(node) ?? (toBoolean(node) === true ? 1 : undefined);
  if (rate !== undefined && rate > 0 && rate <= 1) return { rate, options };
  log.problem(node.at, path, `must be true, a share > 0 and ≤ 1, or a map, not ${showNode(node)}`);
  return undefined;
}

function labelOf(happens: ScenarioEvent["happens"], deployment: string): string {
  if (typeof happens === "string") return `${deployment} ${happens}`;
  if ("factor" in happens) return `${deployment}: ${happens.kind} ×${happens.factor}`;
  return "rate" in happens && happens.rate < 1
    ? `${deployment}: ${happens.kind} ${happens.rate * 100} %`
    : `${deployment}: ${happens.kind}`;
}
