import type { JsonObject } from "../../config/overlay/json-node.ts";
import { deploymentStates, type DeploymentState } from "../../core/deployment-state.ts";
import type { KeyRecord } from "../../core/key-record.ts";
import { err, ok, type Result } from "../../lib/result.ts";
import { sha256 } from "../../lib/secret.ts";
import type { KeySpend } from "../../core/keys/budgets.ts";
import type { AliasChange, ControlState, Spend, StrategyChange, WeightMove } from "./control-state.ts";

/** To be raised when files of before can no longer be read as they are. */
const version = 1;

/** What the state file holds. */
export interface StateContent {
  readonly state: ControlState;
  readonly spend: Spend;
  /** What authenticates ids where the configuration has neither a secret for them nor a master key. */
  readonly idSecret: string;
}

/** As it is read: a file of before has no secret of ids. */
type ReadContent = Omit<StateContent, "idSecret"> & { readonly idSecret: string | undefined };

/** The state file's text: JSON with its version and a checksum of what it says. People may read it, and must not write it. */
export function formatState({ state, spend, idSecret }: StateContent): string {
  const content = {
    lineage: state.lineage,
    revision: state.revision,
    weights: Object.fromEntries(state.weights),
    moves: Object.fromEntries(state.moves),
    states: Object.fromEntries(state.states),
    entries: Object.fromEntries(state.entries),
    removed: [...state.removedIds],
    strategies: Object.fromEntries(state.strategies),
    aliases: Object.fromEntries(state.aliases),
    keys: [...state.keys.values()],
    spend: Object.fromEntries(spend),
    idSecret,
  };
  return `${JSON.stringify({ version, checksum: checksum(content), content }, null, 2)}\n`;
}

/** @returns What the text says, or why it cannot be used. */
export function parseState(text: string): Result<ReadContent, string> {
  let file: unknown;
  try {
    file = JSON.parse(text);
  } catch {
    return err("it is not JSON, or not all of it is there");
  }
  if (!isObject(file)) return err("it is not a state file");
  if (file["version"] !== version) {
    const found = typeof file["version"] === "number" ? `version ${file["version"]}` : "no version";
    return err(`it has ${found}; this program reads version ${version}`);
  }
  const { content } = file;
  if (!isObject(content) || file["checksum"] !== checksum(content))
    return err("its checksum is wrong: something in it was changed or is missing");
  const state = readContent(content);
  return state === undefined ? err("its content is not what a state file holds") : ok(state);
}

function checksum(content: object): string {
  return sha256(JSON.stringify(content));
}

/** The checksum has shown that this program wrote it. The shapes are checked all the same, since nothing after this does. */
function readContent(content: Readonly<Record<string, unknown>>): ReadContent | undefined {
  const { lineage, revision, removed, keys, idSecret } = content;
  const weights = readMap(content["weights"], isWeight);
  const moves = readMap(content["moves"], isMove);
  const states = readMap(content["states"], isDeploymentState);
  const entries = readMap(content["entries"], isJsonObject);
  const strategies = readMap(content["strategies"], isStrategy);
  const aliases = readMap(content["aliases"], isAlias);
  const spend = readMap(content["spend"], isSpend);
  if (typeof lineage !== "string" || typeof revision !== "number" || !isTexts(removed) || !Array.isArray(keys)) return undefined;
  if (!weights || !moves || !states || !entries || !strategies || !aliases || !spend) return undefined;
  const records = keys.map(readKey).filter((key) => key !== undefined);
  if (records.length < keys.length) return undefined;
  return {
    state: {
      lineage,
      revision,
      weights,
      moves,
      states,
      entries,
      removedIds: new Set(removed),
      strategies,
      aliases,
      keys: new Map(records.map((record) => [record.name, record])),
    },
    spend,
    idSecret: typeof idSecret === "string" ? idSecret : undefined,
  };
}

function readMap<Value>(value: unknown, fits: (member: unknown) => member is Value): ReadonlyMap<string, Value> | undefined {
  if (!isObject(value)) return undefined;
  const map = new Map<string, Value>();
  for (const [key, member] of Object.entries(value)) {
    if (!fits(member)) return undefined;
    map.set(key, member);
  }
  return map;
}

/** JSON leaves out members that are undefined. A record has them all. */
function readKey(value: unknown): KeyRecord | undefined {
  if (!isObject(value)) return undefined;
  const { name, models, tags, metadata, revoked, origin, previous, endpoints, sha256: digest, budgetDuration } = value;
  const number = (key: string): number | undefined => (typeof value[key] === "number" ? value[key] : undefined);
  if (typeof name !== "string" || !isTexts(models) || !isTexts(tags) || !isObject(metadata) || typeof revoked !== "boolean")
    return undefined;
  if (endpoints !== undefined && !isTexts(endpoints)) return undefined;
  if (origin !== "config" && origin !== "admin") return undefined;
  const valid = isObject(previous) && typeof previous["sha256"] === "string" && typeof previous["validUntil"] === "number";
  if (previous !== undefined && !valid) return undefined;
  return {
    name,
    sha256: typeof digest === "string" ? digest : undefined,
    previous: valid ? { sha256: String(previous["sha256"]), validUntil: Number(previous["validUntil"]) } : undefined,
    models,
    ...(endpoints === undefined ? {} : { endpoints }),
    rpm: number("rpm"),
    tpm: number("tpm"),
    maxParallelRequests: number("maxParallelRequests"),
    maxBudget: number("maxBudget"),
    budgetDuration: typeof budgetDuration === "string" ? budgetDuration : undefined,
    tags,
    priority: number("priority"),
    expiresAt: number("expiresAt"),
    metadata,
    revoked,
    origin,
    createdAt: number("createdAt"),
  };
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isJsonObject(value: unknown): value is JsonObject {
  return isObject(value);
}

function isTexts(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((item) => typeof item === "string");
}

function isWeight(value: unknown): value is number {
  return typeof value === "number" && value >= 0;
}

function isMove(value: unknown): value is WeightMove {
  return isObject(value) && ["from", "to", "startedAt", "overMs"].every((key) => typeof value[key] === "number");
}

function isDeploymentState(value: unknown): value is DeploymentState {
  return deploymentStates.some((state) => state === value);
}

function isStrategy(value: unknown): value is StrategyChange {
  return isObject(value) && typeof value["strategy"] === "string" && isObject(value["args"]);
}

function isAlias(value: unknown): value is AliasChange {
  return isObject(value) && isTexts(value["targets"]) && typeof value["hidden"] === "boolean";
}

function isSpend(value: unknown): value is KeySpend {
  if (!isObject(value) || typeof value["usd"] !== "number" || typeof value["periodStart"] !== "number") return false;
  return value["periodMs"] === undefined || typeof value["periodMs"] === "number";
}
