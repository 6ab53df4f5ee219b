import { dirname, resolve } from "node:path";
import type { Deployment } from "../../core/deployment.ts";
import type { JwtSettings } from "../../core/jwt-settings.ts";
import type { KeyRecord } from "../../core/key-record.ts";
import type { ProviderRegistry } from "../../core/provider.ts";
import type { StrategyPlugin } from "../../core/strategy.ts";
import type { TableSource } from "../../core/table-source.ts";
import { sha256 } from "../../lib/secret.ts";
import { CallableNames } from "../values/callable-names.ts";
import { entryChanges, withOverlay, type ConfigOverlay } from "../overlay/config-overlay.ts";
import { child, isNull, showNode, withEntries, type ConfigNode, type MapEntry, type MapNode } from "../tree/config-node.ts";
import { toConfigProblem, type ConfigProblem } from "./config-problem.ts";
import { digestOfTexts } from "../tree/digest-of.ts";
import { Environment } from "../environment/environment.ts";
import { FindingLog, type Finding } from "../tree/finding-log.ts";
import type { LazyDigest } from "../tree/lazy-digest.ts";
import { generalSettingsTable } from "../settings/general-settings.ts";
import { settingsTables } from "../settings/settings-tables.ts";
import { routerSettingsTable } from "../settings/router-settings.ts";
import { topLevelTable } from "../settings/top-level.ts";
import type { SectionName } from "../settings/setting-spec.ts";
import { placeKeys, settingsSections, type SettingsSections } from "../settings/place-keys.ts";
import { readAliases } from "../read/read-aliases.ts";
import type { ExplicitId } from "../deployments/deployment-ids.ts";
import { readDeployments, toInvalidDeployment, type DeploymentsRead, type FailedDeployment } from "../deployments/read-deployments.ts";
import { readFiles, type FilesRead } from "./read-files.ts";
import { readRoutingGroups } from "../read/read-routing-groups.ts";
import { readJwt, warnOfUnknownKeys } from "../read/read-jwt.ts";
import { readKeys } from "../read/read-keys.ts";
import { readRouterSettings } from "../settings/read-router-settings.ts";
import { readDeploymentDefaults, readServerSettings } from "../read/read-settings.ts";
import { readStrategy } from "../read/read-strategy.ts";
import { SectionReader } from "../settings/section-reader.ts";
import { readTelemetry } from "../read/read-telemetry.ts";
import { SourceFile } from "../tree/source-file.ts";
import { unpackYaml, type PackedYaml } from "../yaml/packed-yaml.ts";
import { readYaml } from "../yaml/read-yaml.ts";
import type { YamlParser } from "../yaml/yaml-parser.ts";
import { Secrets } from "../secrets/secrets.ts";
import type { TelemetrySettings } from "../settings/telemetry-settings.ts";

/** The world outside, handed in. */
export interface LoadOptions {
  /** The process's environment. It is read, never changed. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** @throws What the platform throws when a file cannot be read. */
  readonly readFile: (path: string) => Promise<string>;
  /** Start without the deployments that have something wrong in them; `ignore_invalid_deployments` says the same. */
  readonly skipInvalid: boolean;
  readonly providers: ProviderRegistry;
  readonly strategies: readonly StrategyPlugin[];
  /** @returns The module of `routing_strategy: ./my-strategy.ts`. The path is absolute. */
  readonly importStrategy: (path: string) => Promise<unknown>;
  /** Laid over what is read. */
  readonly overlay?: ConfigOverlay | undefined;
  /** The files' contents by path, to be taken instead of what the disk has by now. */
  readonly texts?: ReadonlyMap<string, string> | undefined;
  /** Of these texts, those that another thread has parsed, by path. */
  readonly packed?: ReadonlyMap<string, PackedYaml> | undefined;
  /** Parses a file. Omit it to have files parsed in place, which holds up all else on the thread. */
  readonly parse?: YamlParser["parse"];
}

export interface LoadResult {
  /** What refuses the start, all of it. */
  readonly problems: readonly ConfigProblem[];
  /** What is tolerated. */
  readonly warnings: readonly ConfigProblem[];
  /** undefined if, and only if, there are problems. */
  readonly config: LoadedConfig | undefined;
  /** The files that it is made of, those that could not be read included. */
  readonly wanted: readonly string[];
  /** The contents of those that could be read, by path. */
  readonly texts: ReadonlyMap<string, string>;
  /** The long ones among them as parsed, for other threads, by path. */
  readonly packed: ReadonlyMap<string, PackedYaml>;
}

/** A configuration, validated and compiled. Immutable. */
export interface LoadedConfig {
  readonly source: TableSource;
  /** undefined: nobody may operate the server; or, where there are no keys of callers either, it is open to everybody. */
  readonly masterKey: string | undefined;
  /** Callers' keys, in the order they are written. */
  readonly keys: readonly KeyRecord[];
  /** undefined: tokens of identity providers are not taken. */
  readonly jwt: JwtSettings | undefined;
  /** Keys that are not valid which an address may show at once; 0: any number. */
  readonly maxFailedAttempts: number;
  readonly maxRequestBytes: number;
  /** Web origins whose pages may call; `*` is any, none: closed. */
  readonly cors: readonly string[];
  /** Whether the console in the browser is served. */
  readonly console: boolean;
  readonly telemetry: TelemetrySettings;
  /** What must never be told; knows its own secrets. */
  readonly secrets: Secrets;
  /** The files it was read from, the given one first. */
  readonly files: readonly string[];
  /** Where changes made at run time are kept; undefined: nowhere. */
  readonly stateFile: string | undefined;
  readonly content: ConfigContent;
}

/** What a configuration was compiled from, for whoever shows, compares or changes it. Holds secrets. */
interface ConfigContent {
  /** The files joined, what is laid over them included, references as written. */
  readonly root: MapNode;
  /** The entries of `model_list` by the ids of their deployments. */
  readonly entries: ReadonlyMap<string, ConfigNode>;
  /** Of each deployment, by its id: equal for two that are made from the same. */
  readonly digests: ReadonlyMap<string, LazyDigest>;
  /** The ids of the files' own deployments, those that the overlay takes away included. */
  readonly listedIds: ReadonlySet<string>;
  /** Of the files: the same for the same texts. */
  readonly digest: string;
}

/**
 * Reads a configuration: files, environment, validation, in this order, collecting everything that is wrong on the way.
 * Never throws: what went wrong is in the result.
 */
export async function loadConfig(path: string, options: LoadOptions): Promise<LoadResult> {
  const log = new FindingLog();
  const secrets = new Secrets();
  const read = await readFiles(path, {
    readFile: options.texts === undefined ? options.readFile : readFrom(options.texts),
    parse: parserOf(options),
    environment: new Environment(options.env, secrets),
    log,
    secrets,
  });
  const { root, texts, packed, wanted } = read;
  const files = [...texts.keys()];
  const config = root === undefined ? undefined : await compile(root, read, options, log, secrets);
  const problems = inOrder(log.problems, files).map((finding) => toConfigProblem(finding, secrets));
  const warnings = inOrder(log.warnings, files).map((finding) => toConfigProblem(finding, secrets));
  return { problems, warnings, config: problems.length === 0 ? config : undefined, wanted, texts, packed };
}

function parserOf({ packed, parse }: LoadOptions): YamlParser["parse"] {
  return async (path, text) => {
    const known = packed?.get(path);
    if (known !== undefined) return { yaml: unpackYaml(new SourceFile(path, text), known), packed: known };
    return parse === undefined ? { yaml: readYaml(new SourceFile(path, text)), packed: undefined } : parse(path, text);
  };
}

function readFrom(texts: ReadonlyMap<string, string>): LoadOptions["readFile"] {
  return async (path) => {
    const text = texts.get(path);
    if (text === undefined) throw Object.assign(new Error(`${path} was not read`), { code: "ENOENT" });
    return text;
  };
}

/** As an editor would list them: by file, by line. */
function inOrder(findings: readonly Finding[], files: readonly string[]): readonly Finding[] {
  return findings.toSorted(
    (one, other) => files.indexOf(one.at.file.path) - files.indexOf(other.at.file.path) || one.at.start - other.at.start,
  );
}

async function compile(
  root: MapNode,
  { texts, complete }: FilesRead,
  options: LoadOptions,
  log: FindingLog,
  secrets: Secrets,
): Promise<LoadedConfig | undefined> {
  const environment = new Environment(options.env, secrets);
  const top = new SectionReader(topLevelTable, root, "", log);
  warnOfNullSections(root, log);
  const variables = top.map("environment_variables");
  if (variables !== undefined) environment.define(variables, log);

  const overlay = options.overlay ?? [];
  const placed = withOverlay(placeKeys(root, log), overlay, log, secrets);
  const sections: SettingsSections = {
    router: section(placed, "router_settings", environment, log),
    litellm: section(placed, "litellm_settings", environment, log),
    general: section(placed, "general_settings", environment, log),
  };
  const server = readServerSettings(sections, placed, environment, log);
  const telemetry = readTelemetry(sections, placed, environment, log);
  const defaults = readDeploymentDefaults(sections, log);
  const strategy = await readStrategy(sections.router, placed, options, log);

  const defaultParams = child(child(placed, "router_settings"), "default_litellm_params");
  const read = readDeployments(
    top.list("model_list") ?? [],
    {
      providers: options.providers,
      environment,
      defaultParams: defaultParams?.kind === "map" ? defaultParams : undefined,
      credentials: readCredentials(top.list("credential_list") ?? [], environment, log),
      dropParams: defaults.dropParams,
      additionalDropParams: defaults.additionalDropParams,
      defaultMaxParallelRequests: defaults.maxParallelRequests,
    },
    log,
    entryChanges(overlay, log, secrets),
  );
  if (complete) warnOfNoDeployments(root, read, log);
  const skip = options.skipInvalid || defaults.ignoreInvalid;
  reportFailed(read.failed, skip, log);

  const groups = new Set([...read.deployments.map((one) => one.group), ...read.failed.map((one) => one.group)]);
  const aliasSection = new SectionReader(routerSettingsTable, sections.router, "router_settings", log).map("model_group_alias");
  const aliases = readAliases(aliasSection, { groups, elsewhere: read.elsewhere, complete, ids: read.explicitIds }, log);
  warnOfHiddenIds(read.explicitIds, groups, log);
  const known = { groups, aliases: new Set(aliases.map((one) => one.alias)) };
  const routing = await readRoutingGroups(sections.router, known, options, log);
  const names = new CallableNames({
    groups,
    elsewhere: read.elsewhere,
    deployments: read.deployments,
    aliases: [...aliases, ...routing.aliases],
  });
  const settings = readRouterSettings(sections, names, log);
  const general = new SectionReader(generalSettingsTable, sections.general, "general_settings", log);
  const jwtSection = general.map("jwt");
  const jwt = await readJwt(jwtSection, options.readFile, log);
  const keyItems = top.list("keys") ?? [];
  const keys = readKeys(keyItems, { environment, names, complete, takesTokens: jwtSection !== undefined }, log);
  if (jwt !== undefined && jwtSection !== undefined) warnOfUnknownKeys(jwt, jwtSection, new Set(keys.map((key) => key.name)), log);
  checkMasterKey(server.masterKey, keys, root, jwtSection, log);
  warnOfUnknownPrices(keys, read.deployments, root, log);
  if (strategy === undefined) return undefined;
  return {
    source: {
      deployments: read.deployments,
      invalid: read.failed.map((failed) => toInvalidDeployment(failed, secrets.scrub(reasonOf(failed)))),
      aliases: [...aliases, ...routing.aliases],
      settings,
      strategy,
      groupStrategies: routing.strategies,
    },
    masterKey: server.masterKey,
    keys,
    jwt,
    maxFailedAttempts: server.maxFailedAttempts,
    maxRequestBytes: server.maxRequestBytes,
    cors: server.corsOrigins,
    console: server.console,
    telemetry,
    secrets,
    files: [...texts.keys()],
    stateFile: stateFilePath(server.stateFile, [...texts.keys()][0] ?? ""),
    content: {
      root: withEntries(placed, new Map([["model_list", entriesOf(read, root)]])),
      entries: read.entries,
      digests: read.digests,
      listedIds: read.listedIds,
      digest: digestOfTexts(texts),
    },
  };
}

/** @param file The configuration's own path. */
function stateFilePath(written: string | undefined, file: string): string | undefined {
  if (written === "none") return undefined;
  return written === undefined || written === "" ? `${file}.state.json` : resolve(dirname(file), written);
}

/** `model_list` as it is in force: an entry that stands for several deployments is there once. */
function entriesOf(read: DeploymentsRead, root: MapNode): MapEntry {
  const { at } = root.entries.get("model_list")?.value ?? root;
  return { key: "model_list", keyAt: at, value: { kind: "list", items: [...new Set(read.entries.values())], at } };
}

/** Who may call is not who may operate. */
function checkMasterKey(
  masterKey: string | undefined,
  keys: readonly KeyRecord[],
  root: MapNode,
  jwt: MapNode | undefined,
  log: FindingLog,
): void {
  const entry = root.entries.get("keys");
  const at = keys.length > 0 ? entry?.keyAt : jwt?.at;
  const key = keys.length > 0 ? "keys" : "general_settings.jwt";
  if (masterKey === undefined) {
    const message = "there is no general_settings.master_key, so the methods for operators are closed to everybody";
    if (at !== undefined) log.warning(at, key, message);
    return;
  }
  const digest = sha256(masterKey);
  const index = keys.findIndex((one) => one.sha256 === digest);
  if (entry !== undefined && index !== -1) {
    log.problem(entry.keyAt, `keys[${index}].sha256`, "is the master key's: who calls with it could operate the server too");
  }
}

/** A budget counts what has a price. */
function warnOfUnknownPrices(keys: readonly KeyRecord[], deployments: readonly Deployment[], root: MapNode, log: FindingLog): void {
  const entry = root.entries.get("keys");
  const budgeted = keys.find((key) => key.maxBudget !== undefined);
  const unpriced = deployments.filter((one) => one.inputCostPerToken === undefined && one.outputCostPerToken === undefined);
  const [first] = unpriced;
  if (entry === undefined || budgeted === undefined || first === undefined) return;
  const which = unpriced.length === 1 ? `${first.address} has` : `${unpriced.length} deployments (${first.address} among them) have`;
  const message = `${which} no known price, so calls to them count for no max_budget; give input_cost_per_token and output_cost_per_token`;
  log.warning(entry.keyAt, "keys", message);
}

/**
 * A section of settings with the references followed in what is acted on. In a key that is not, a missing variable hurts nobody:
 * a `database_url` from the environment must not stop a start that needs no database.
 */
function section(root: MapNode, name: (typeof settingsSections)[number], environment: Environment, log: FindingLog): MapNode | undefined {
  const node = new SectionReader(topLevelTable, root, "", log).map(name);
  if (node === undefined) return undefined;
  const entries = new Map<string, MapEntry>();
  for (const [key, entry] of node.entries) {
    const resolvable = isActedOn(name, key) && key !== "default_litellm_params";
    const value = resolvable ? environment.resolve(entry.value, `${name}.${key}`, missingVariable(log)) : entry.value;
    entries.set(key, { ...entry, value });
  }
  return { ...node, entries };
}

function isActedOn(name: SectionName, key: string): boolean {
  return Object.hasOwn(settingsTables[name], key) && settingsTables[name][key]?.status === "acted on";
}

function missingVariable(log: FindingLog) {
  return (node: ConfigNode, key: string, name: string): void => {
    log.problem(node.at, key, `environment variable ${name} is not set; set it, or give a default as in \${${name}:-default}`);
  };
}

/** `general_settings:` with only comments below it is null. */
function warnOfNullSections(root: MapNode, log: FindingLog): void {
  for (const name of [...settingsSections, "environment_variables"]) {
    const entry = root.entries.get(name);
    if (entry !== undefined && isNull(entry.value)) log.warning(entry.keyAt, name, "is empty; the line can be left out");
  }
}

function warnOfNoDeployments(root: MapNode, read: DeploymentsRead, log: FindingLog): void {
  if (read.deployments.length > 0 || read.failed.length > 0) return;
  const entry = root.entries.get("model_list");
  const message = "holds no deployment, so every call will be answered with model_not_found";
  if (entry === undefined) log.warning(root.at, "model_list", `is missing: the configuration ${message}`);
  else if (isNull(entry.value) || entry.value.kind === "list") log.warning(entry.keyAt, "model_list", message);
}

/** The counterpart of an alias that hides a group: of the two, the group is what a call by that name reaches. */
function warnOfHiddenIds(ids: ReadonlyMap<string, ExplicitId>, groups: ReadonlySet<string>, log: FindingLog): void {
  for (const [id, { at, key, group }] of ids) {
    if (id === group || !groups.has(id)) continue;
    log.warning(at, key, `is hidden by the group ${id}: calls for this name go to the group, not to this deployment of ${group}`);
  }
}

function readCredentials(items: readonly ConfigNode[], environment: Environment, log: FindingLog): ReadonlyMap<string, MapNode> {
  const credentials = new Map<string, MapNode>();
  for (const [index, item] of items.entries()) {
    const path = `credential_list[${index}]`;
    const written = child(item, "credential_name");
    const name = written === undefined ? undefined : environment.resolve(written, `${path}.credential_name`, missingVariable(log));
    const values = child(item, "credential_values");
    if (name?.kind !== "scalar" || name.text === "" || (values !== undefined && values.kind !== "map")) {
      log.problem(item.at, path, `must be a map with credential_name and a map credential_values, not ${showNode(item)}`);
      continue;
    }
    if (credentials.has(name.text)) log.warning(item.at, path, "gives a name that an earlier entry has; the last one counts");
    credentials.set(name.text, values?.kind === "map" ? values : { kind: "map", entries: new Map(), at: item.at });
  }
  return credentials;
}

/** What is wrong inside deployments refuses the start, with the way out named; or is said aloud where they are left out on purpose. */
function reportFailed(failed: readonly FailedDeployment[], skip: boolean, log: FindingLog): void {
  const problems = failed
    .flatMap((one) => one.problems.map((problem) => ({ one, problem })))
    .toSorted((one, other) => one.problem.at.start - other.problem.at.start);
  const told = new Set<string>();
  for (const [index, { one, problem }] of problems.entries()) {
    if (skip) {
      log.warning(problem.at, problem.key, `DEPLOYMENT LEFT OUT${one.group === "" ? "" : ` of ${one.group}`}: ${problem.message}`);
      continue;
    }
    const wayOut = " (to start without such deployments: --skip-invalid, or router_settings.ignore_invalid_deployments: true)";
    const detail = problem.detail === undefined || told.has(problem.detail) ? "" : `; ${problem.detail}`;
    if (problem.detail !== undefined) told.add(problem.detail);
    log.problem(problem.at, problem.key, `${problem.message}${detail}${index === problems.length - 1 ? wayOut : ""}`);
  }
}

function reasonOf(failed: FailedDeployment): string {
  return failed.problems.map(({ key, message }) => `${key}: ${message}`).join("; ");
}
