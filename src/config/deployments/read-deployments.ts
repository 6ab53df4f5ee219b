import { accountOf, keeperOf } from "./account-of.ts";
import { readDailyLimits, readLimits } from "./read-limits.ts";
import type { Deployment, InvalidDeployment } from "../../core/deployment.ts";
import { parseHttpAddress } from "../../lib/http-address.ts";
import { completeParams } from "./complete-params.ts";
import { child, isNull, showNode, withEntries, type ConfigNode, type MapNode, type Place } from "../tree/config-node.ts";
import type { EntryChanges } from "../overlay/config-overlay.ts";
import { connectDeployment, type DeploymentSource } from "./connect-deployment.ts";
import type { DeploymentContext } from "./deployment-context.ts";
import { deploymentInfo } from "./deployment-info.ts";
import { LazyDigest } from "../tree/digest-of.ts";
import { DeploymentIds, writtenName, writtenParams, type DeploymentDraft, type ExplicitId } from "./deployment-ids.ts";
import { gatherLimits, refusePlaceholders } from "./deployment-params.ts";
import { modelFacts } from "../models/model-facts.ts";
import { outputCap } from "./output-cap.ts";
import { FindingLog, type Finding } from "../tree/finding-log.ts";
import { litellmParamsTable } from "../settings/litellm-params.ts";
import { modelInfoTable } from "../settings/model-info.ts";
import { checkSection, misplacedOrUnknown } from "../settings/place-settings.ts";
import { deploymentPrices, readPrices } from "./read-prices.ts";
import type { Located } from "../values/read-fallbacks.ts";
import { readPolicy } from "../values/read-policy.ts";
import { SectionReader } from "../settings/section-reader.ts";
import { FileUses, RunTimeRule, type SecretWatch } from "./secret-watch.ts";
import { usesOfEntry } from "./secret-uses.ts";

/** A deployment that something is wrong with. */
export interface FailedDeployment {
  readonly id: string;
  readonly group: string;
  readonly address: string;
  /** Whether its entry was added or changed at run time. */
  readonly isAdded: boolean;
  readonly problems: readonly Finding[];
}

export interface DeploymentsRead {
  readonly deployments: readonly Deployment[];
  readonly failed: readonly FailedDeployment[];
  /** Groups of deployments that belong to other environments. */
  readonly elsewhere: ReadonlySet<string>;
  /** The ids that deployments were given, those of failed ones included. */
  readonly explicitIds: ReadonlyMap<string, ExplicitId>;
  /** The ids of all deployments that the list stands for, before changes. */
  readonly listedIds: ReadonlySet<string>;
  /** The entries in force, by the ids of their deployments. */
  readonly entries: ReadonlyMap<string, ConfigNode>;
  /** What entries say of fallbacks, the first of each group. */
  readonly fallbacks: ReadonlyMap<string, Located>;
  /** A digest of all that each deployment is made from, by its id: equal for two that are made from the same. */
  readonly digests: ReadonlyMap<string, LazyDigest>;
}

const noChanges: EntryChanges = { entries: new Map(), removedIds: new Set() };

/** A deployment before its order is settled, which needs all of its group. */
type UnorderedDeployment = Omit<Deployment, "order"> & { readonly order: number | undefined };

/**
 * Reads `model_list`.
 * @param log Gets the warnings. What is wrong inside an entry stays with that entry.
 * @param changes Omit it to read the list as it stands.
 */
export function readDeployments(
  items: readonly ConfigNode[],
  context: DeploymentContext,
  log: FindingLog,
  changes: EntryChanges = noChanges,
): DeploymentsRead {
  const rule = new RunTimeRule(() => readFileUses(items, context), context.adminEnvAllow);
  const reader = new DeploymentReader(context, log, { changes, ofAdded: rule, ofFiles: undefined });
  for (const [index, item] of items.entries()) reader.read(item, `model_list[${index}]`);
  const listedIds = new Set(reader.ids);
  reader.readAdded();
  const { failed, elsewhere, explicitIds, entries, digests, fallbacks } = reader;
  return { deployments: settleOrders(reader.deployments), failed, elsewhere, explicitIds, listedIds, entries, digests, fallbacks };
}

/** Reads what the configuration's own entries use, those that were changed or removed included: their variables are named there all the same. */
function readFileUses(items: readonly ConfigNode[], context: DeploymentContext): FileUses {
  const uses = new FileUses();
  const reader = new DeploymentReader(context, new FindingLog(), { changes: noChanges, ofAdded: undefined, ofFiles: uses });
  for (const [index, item] of items.entries()) reader.read(item, `model_list[${index}]`);
  uses.addShared(context);
  return uses;
}

/** @param reason Shown to people, so without secrets. */
export function toInvalidDeployment(failed: FailedDeployment, reason: string): InvalidDeployment {
  return { id: failed.id, group: failed.group, address: failed.address, reason };
}

interface ReaderOptions {
  readonly changes: EntryChanges;
  /** Sees the entries of the files. */
  readonly ofFiles: SecretWatch | undefined;
  /** Sees those that were made at run time. */
  readonly ofAdded: SecretWatch | undefined;
}

class DeploymentReader {
  readonly deployments: UnorderedDeployment[] = [];
  readonly failed: FailedDeployment[] = [];
  readonly elsewhere = new Set<string>();
  /** Every id that came up. */
  readonly ids = new Set<string>();
  readonly entries = new Map<string, ConfigNode>();
  readonly digests = new Map<string, LazyDigest>();
  readonly fallbacks = new Map<string, Located>();
  readonly #context: DeploymentContext;
  readonly #log: FindingLog;
  readonly #ids: DeploymentIds;
  readonly #changes: EntryChanges;
  readonly #ofFiles: SecretWatch | undefined;
  readonly #ofAdded: SecretWatch | undefined;
  /** Changed entries that have found their place. */
  readonly #placed = new Set<string>();

  constructor(context: DeploymentContext, log: FindingLog, { changes, ofFiles, ofAdded }: ReaderOptions) {
    this.#context = context;
    this.#log = log;
    this.#ids = new DeploymentIds(log);
    this.#changes = changes;
    this.#ofFiles = ofFiles;
    this.#ofAdded = ofAdded;
  }

  get explicitIds(): ReadonlyMap<string, ExplicitId> {
    return this.#ids.explicit;
  }

  /** Reads the entries that take no other's place. */
  readAdded(): void {
    for (const id of this.#changes.entries.keys()) this.#replace(id);
  }

  read(item: ConfigNode, path: string, watch = this.#ofFiles): void {
    const problems = new FindingLog(this.#log);
    if (item.kind !== "map") {
      problems.problem(item.at, path, `must be a map with model_name and litellm_params, not ${showNode(item)}`);
      this.#fail({ group: "", address: "", params: () => emptyMap(item.at) }, problems, item);
      return;
    }
    const admitted = watch?.admit(item, path, problems) ?? item;
    const entry = this.#resolved(admitted, path, problems);
    const info = mapChild(entry, "model_info", path, problems);
    const group = this.#group(entry, path, problems);
    if (!this.#belongsHere(info, path, group)) return;
    this.#checkEntry(entry, info, path);

    const own = mapChild(entry, "litellm_params", path, problems);
    if (own === undefined) {
      const missing = isNull(item.entries.get("litellm_params")?.value);
      if (missing) problems.problem(item.at, path, "has no litellm_params: a map with at least `model: provider/name`");
      this.#fail({ group: group === "" ? writtenName(item) : group, address: "", params: () => writtenParams(item) }, problems, item);
      return;
    }
    const gathered = gatherLimits(withProvider(own, entry), entry, info, path, problems);
    const { params, credential } = completeParams(gathered, `${path}.litellm_params`, this.#context, problems);
    const reader = new SectionReader(litellmParamsTable, params, `${path}.litellm_params`, problems);
    const address = reader.text("model") ?? "";
    const organizations = reader.names("organization") ?? [];
    const variants = organizations.length > 1 ? organizations : [organizations[0]];
    const draft = { group: group === "" ? writtenName(item) : group, address, params: () => writtenParams(item) };
    for (const [index, organization] of variants.entries()) {
      const id = this.#ids.of(draft, info, path, variants.length > 1 ? index : undefined, problems);
      if (this.#isChanged(id)) continue;
      const deployment = this.#deployment({ id, path, group, params, info, organization, reader, watch }, problems);
      // What is wrong is sent nowhere. A file names its variables all the same, and a change at run time may put it right.
      if (watch !== undefined && (deployment !== undefined || watch === this.#ofFiles)) {
        const origin = deployment === undefined ? originOf(reader) : deployment.adapter.origin;
        watch.settle(usesOfEntry(admitted, credential, this.#context, path), origin, problems);
      }
      if (deployment === undefined || problems.hasProblems) {
        this.#fail(draft, problems, item, id);
        continue;
      }
      this.deployments.push(deployment);
      const fallbacks = reader.node("fallbacks");
      if (fallbacks !== undefined && !this.fallbacks.has(group))
        this.fallbacks.set(group, { node: fallbacks, path: reader.pathOf("fallbacks") });
      this.entries.set(id, item);
      this.digests.set(id, new LazyDigest([group, params, info], organization));
    }
  }

  /** Whether a deployment of this id is left out: it was removed, or another entry has its place, which is then read. */
  #isChanged(id: string): boolean {
    this.ids.add(id);
    return this.#changes.removedIds.has(id) || this.#replace(id);
  }

  #replace(id: string): boolean {
    const change = this.#changes.entries.get(id);
    if (change === undefined || this.#placed.has(id)) return false;
    this.#placed.add(id);
    this.#ids.release(id);
    this.read(change.node, change.path, this.#ofAdded);
    return true;
  }

  #resolved(item: MapNode, path: string, problems: FindingLog): MapNode {
    const name = child(item, "model_name");
    const label =
      name?.kind === "scalar" && typeof name.value === "string" ? `deployment of ${JSON.stringify(name.value)}` : `entry ${path}`;
    const resolved = this.#context.environment.resolve(item, path, (node, key, variable) => {
      problems.problem(node.at, key, `environment variable ${variable} is not set, and the ${label} needs it`);
    });
    return resolved.kind === "map" ? resolved : item;
  }

  #group(entry: MapNode, path: string, problems: FindingLog): string {
    const node = entry.entries.get("model_name");
    const entryPath = `${path}.model_name`;
    refusePlaceholders(node?.value, entryPath, problems);
    if (node?.value.kind === "scalar" && node.value.text !== "") return node.value.text;
    const unresolved = node?.value.kind === "scalar" && node.value.origin === "unresolved";
    if (!unresolved) problems.problem(node?.value.at ?? entry.at, entryPath, "must be a text: the name that callers use");
    return "";
  }

  /** Whether the entry is for the environment that this process runs in. */
  #belongsHere(info: MapNode | undefined, path: string, group: string): boolean {
    const reader = new SectionReader(modelInfoTable, info, `${path}.model_info`, new FindingLog());
    const supported = reader.names("supported_environments");
    const node = reader.node("supported_environments");
    if (supported === undefined || node === undefined) return true;
    const entryPath = reader.pathOf("supported_environments");
    const current = this.#context.environment.get("LITELLM_ENVIRONMENT");
    if (current === undefined || current === "") {
      this.#log.warning(node.at, entryPath, "LITELLM_ENVIRONMENT is not set, so the deployment is loaded whatever its environments are");
      return true;
    }
    if (supported.includes(current)) return true;
    this.#log.warning(node.at, entryPath, `not loaded: it is for ${supported.join(", ")}, and LITELLM_ENVIRONMENT says otherwise`);
    this.elsewhere.add(group);
    return false;
  }

  #checkEntry(entry: MapNode, info: MapNode | undefined, path: string): void {
    for (const unknown of checkSection("model_list entry", entry, path, this.#log)) {
      if (isLimit(unknown.key)) continue;
      const entryPath = `${path}.${unknown.key}`;
      if (unknown.key === "custom_llm_provider") {
        this.#log.warning(
          unknown.keyAt,
          entryPath,
          "belongs under litellm_params of a deployment; it is honoured here too, but better moved there",
        );
      } else {
        this.#log.sharedWarning(
          `model_list entry.${unknown.key}`,
          unknown.keyAt,
          entryPath,
          misplacedOrUnknown("model_list entry", unknown.key),
        );
      }
    }
    // Anything may stand under model_info: it is for people and tools.
    if (info !== undefined) checkSection("model_info", info, `${path}.model_info`, this.#log);
  }

  #deployment(source: DeploymentSource, problems: FindingLog): UnorderedDeployment | undefined {
    const { id, path, group, info, reader } = source;
    const paramsPath = `${path}.litellm_params`;
    for (const key of [
      "model",
      "api_base",
      "base_url",
      "api_key",
      "api_version",
      "organization",
      "extra_headers",
      "aws_access_key_id",
      "aws_secret_access_key",
      "aws_role_name",
    ] as const) {
      refusePlaceholders(reader.node(key), `${paramsPath}.${key}`, problems);
    }
    const infoReader = new SectionReader(modelInfoTable, info, `${path}.model_info`, problems);
    const prices = readPrices(reader, infoReader, info);
    const baseModel = infoReader.text("base_model") ?? reader.text("base_model");
    const timeoutMs = reader.milliseconds("timeout");
    const requestTimeoutMs = reader.milliseconds("request_timeout");
    const assistantPrefill = infoReader.boolean("supports_assistant_prefill");
    const maxInputTokens = infoReader.number("max_input_tokens");
    const supportsResponseSchema = infoReader.boolean("supports_response_schema");
    const own = readCooldown(infoReader, problems);
    const general = readCooldown(reader, problems);
    const limits = readLimits(reader);
    const daily = readDailyLimits(reader, problems);
    const deployment = {
      id,
      group,
      weight: reader.number("weight"),
      ...limits,
      daily,
      maxParallelRequests: reader.numberOrAuto("max_parallel_requests") ?? this.#context.defaultMaxParallelRequests,
      region: reader.text("region_name") ?? reader.text("aws_region_name"),
      tags: reader.tags("tags") ?? [],
      // A limit of 0 lets no call pass, now or later.
      blocked:
        (infoReader.boolean("blocked") ?? modelInfoTable.blocked.default) ||
        [...Object.values(limits), daily?.requests, daily?.tokens].includes(0),
      cooldownMs: own.cooldownMs ?? general.cooldownMs,
      allowedFails: own.allowedFails ?? general.allowedFails,
      allowedFailsPolicy: own.policy ?? general.policy,
      order: reader.number("order"),
      timeoutMs: timeoutMs ?? requestTimeoutMs,
      streamTimeoutMs: reader.milliseconds("stream_timeout"),
      keepaliveMs: reader.milliseconds("keepalive_seconds"),
      takesCallersKeepalive: reader.boolean("allow_client_keepalive_override"),
      numRetries: reader.number("num_retries"),
    };
    const link = this.#context.links.read(reader, problems);
    const connection = connectDeployment(source, { assistantPrefill, baseModel }, this.#context, problems);
    if (connection === undefined) return undefined;
    const { provider, model, mode } = connection.choice;
    const known = modelFacts(connection.models.row(model));
    return {
      ...deployment,
      maxInputTokens: maxInputTokens ?? known.maxInputTokens,
      supportsResponseSchema: supportsResponseSchema ?? known.supportsResponseSchema,
      ...deploymentPrices(prices, connection.models, model),
      maxOutputTokens: outputCap(source.params, info, known.maxOutputTokens),
      address: connection.address,
      provider,
      upstreamModel: model,
      account: accountOf(connection.choice, connection.adapter, source.params, source.organization),
      keeper: keeperOf(connection.choice, connection.adapter, source.params, source.organization),
      info: deploymentInfo(source.params, info, infoReader, mode, connection.models),
      link,
      adapter: connection.adapter,
    };
  }

  #fail(draft: DeploymentDraft, problems: FindingLog, item: ConfigNode, known?: string): void {
    const { group, address } = draft;
    const id = known ?? this.#ids.hashed(draft, "", "");
    if (known === undefined && this.#isChanged(id)) return;
    const isAdded = [...this.#changes.entries.values()].some(({ node }) => node === item);
    this.failed.push({ id, group, address, isAdded, problems: problems.problems });
    this.entries.set(id, item);
    this.digests.set(id, new LazyDigest([group, item], undefined));
  }
}

/** Reads when a deployment cools down: three settings that may stand under `model_info` or under `litellm_params`. */
function readCooldown(reader: SectionReader<typeof modelInfoTable> | SectionReader<typeof litellmParamsTable>, problems: FindingLog) {
  return {
    cooldownMs: reader.milliseconds("cooldown_time"),
    allowedFails: reader.number("allowed_fails"),
    policy: readPolicy(reader.node("allowed_fails_policy"), "AllowedFails", reader.pathOf("allowed_fails_policy"), problems),
  };
}

/**
 * Puts deployments without `order` after their siblings that have one, because numbering some of a group means that those are first.
 * Where none has one, all are equal.
 */
function settleOrders(deployments: readonly UnorderedDeployment[]): readonly Deployment[] {
  const last = new Map<string, number>();
  for (const { group, order } of deployments) {
    if (order !== undefined) last.set(group, Math.max(last.get(group) ?? order, order));
  }
  return deployments.map((deployment) => {
    const highest = last.get(deployment.group);
    return { ...deployment, order: deployment.order ?? (highest === undefined ? 0 : highest + 1) };
  });
}

/** The host of a deployment that something is wrong with, as far as its address tells it. */
function originOf(reader: SectionReader<typeof litellmParamsTable>): string | undefined {
  const address = reader.text("api_base") ?? reader.text("base_url");
  return address === undefined ? undefined : parseHttpAddress(address.trim())?.origin;
}

/** Moves `custom_llm_provider` from beside `litellm_params` into it. */
function withProvider(params: MapNode, entry: MapNode): MapNode {
  const provider = entry.entries.get("custom_llm_provider");
  return provider === undefined || !isNull(child(params, provider.key)) ? params : withEntries(params, new Map([[provider.key, provider]]));
}

function mapChild(entry: MapNode, key: string, path: string, problems: FindingLog): MapNode | undefined {
  const node = child(entry, key);
  if (node === undefined || node.kind === "map") return node;
  problems.problem(node.at, `${path}.${key}`, `must be a map, not ${showNode(node)}`);
  return undefined;
}

function isLimit(key: string): boolean {
  return key === "rpm_limit" || key === "tpm_limit";
}

function emptyMap(at: Place): MapNode {
  return { kind: "map", entries: new Map(), at };
}
