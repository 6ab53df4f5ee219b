import { dirname, resolve } from "node:path";
import type { ProviderRegistry } from "../../core/provider.ts";
import { readDeployments, toInvalidDeployment, type DeploymentsRead } from "../deployments/read-deployments.ts";
import { readLinks, type LinksRead } from "../deployments/read-links.ts";
import { Environment } from "../environment/environment.ts";
import { entryChanges, withOverlay, type ConfigOverlay } from "../overlay/config-overlay.ts";
import { readDeploymentDefaults, readServerSettings } from "../read/read-settings.ts";
import { readShadows, readStrategy, type StrategyOptions } from "../read/read-strategy.ts";
import { readTelemetry } from "../read/read-telemetry.ts";
import type { Secrets } from "../secrets/secrets.ts";
import { litellmParamsTable } from "../settings/litellm-params.ts";
import { placeSettings, type SettingsSections } from "../settings/place-settings.ts";
import { readRouterSettings } from "../settings/read-router-settings.ts";
import { SectionReader } from "../settings/section-reader.ts";
import { topLevelTable } from "../settings/top-level.ts";
import { child, withEntries, type MapEntry, type MapNode } from "../tree/config-node.ts";
import { digestOfTexts } from "../tree/digest-of.ts";
import type { FindingLog } from "../tree/finding-log.ts";
import type { CallableNames } from "../values/callable-names.ts";
import { FallbackReader, withFallbacksOfEntries } from "../values/read-fallbacks.ts";
import {
  admittedChanges,
  faultOf,
  reasonOf,
  reportFailed,
  warnOfIdleDeployments,
  warnOfNoDeployments,
  warnOfNullSections,
  warnOfUnknownPrices,
} from "./check-config.ts";
import { readCallers } from "./read-callers.ts";
import type { FilesRead } from "./read-files.ts";
import { readNames } from "./read-names.ts";
import { readCredentialList, readSections } from "./read-sections.ts";

/** What a configuration is made with besides its files. */
export interface CompileOptions extends StrategyOptions {
  /** The process's environment. It is read, never changed. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** @throws What the platform throws when a file cannot be read. */
  readonly readFile: (path: string) => Promise<string>;
  /**
   * Whether deployments that have something wrong in them are left out (true) or refuse the whole configuration (false). Undefined: as
   * `ignore_invalid_deployments` says, and where that says nothing, those of the files are left out.
   */
  readonly skipInvalid: boolean | undefined;
  /**
   * The faults that are borne where neither says anything: those of the configuration in force, so that a slip in an edit takes no capacity
   * away. Omit it at a start, to bear all.
   */
  readonly knownFaults?: ReadonlySet<string> | undefined;
  readonly providers: ProviderRegistry;
  /** Laid over what is read. */
  readonly overlay?: ConfigOverlay | undefined;
}

/** A configuration on its way. */
interface Compilation {
  /** The files joined, as written. */
  readonly root: MapNode;
  /** The same with misplaced settings in their places, and changes laid over it. */
  readonly placed: MapNode;
  readonly top: SectionReader<typeof topLevelTable>;
  readonly sections: SettingsSections;
  readonly environment: Environment;
  /** Whether every included file could be read. */
  readonly complete: boolean;
  readonly options: CompileOptions;
  readonly log: FindingLog;
  readonly secrets: Secrets;
}

/**
 * Makes the files into a configuration.
 * @returns Undefined where that makes no sense; `log` says why. Where `log` has problems, what is returned is not to be used.
 */
export async function compileConfig(
  root: MapNode,
  { texts, complete }: FilesRead,
  options: CompileOptions,
  { log, secrets }: Pick<Compilation, "log" | "secrets">,
) {
  const environment = new Environment(options.env, secrets);
  const top = new SectionReader(topLevelTable, root, "", log);
  warnOfNullSections(root, log);
  const variables = top.map("environment_variables");
  if (variables !== undefined) environment.define(variables, log);

  const placed = withOverlay(placeSettings(root, log), admittedChanges(options.overlay ?? [], log), log, secrets);
  const sections = readSections(placed, environment, log);
  const server = await readServerSettings(sections, placed, { environment, readFile: options.readFile }, log);
  const telemetry = readTelemetry(sections, placed, environment, server.masterKey, log);
  const strategy = await readStrategy(sections.router, placed, options, log);
  const shadows = await readShadows(sections.router, options, log);
  const { links, certificates } = await readLinks(placed, sections.litellm, { environment, readFile: options.readFile }, log);
  const models = readModelList({ root, placed, top, sections, environment, complete, options, log, secrets }, links);
  const { names, aliases, groupStrategies } = await readNames(models, { sections, complete, options, log });
  const settings = withOwnFallbacks(readRouterSettings(sections, names, log), models, names, log);
  const callers = await readCallers(
    { root, general: sections.general, items: top.list("keys") ?? [], masterKey: server.masterKey },
    { environment, names, complete },
    options.readFile,
    log,
  );
  warnOfUnknownPrices(callers.keys, models.deployments, root, log);
  if (strategy === undefined) return undefined;
  warnOfIdleDeployments(models, (group) => groupStrategies.get(group) ?? strategy, log);
  const invalid = models.failed.map((failed) => toInvalidDeployment(failed, secrets.scrub(reasonOf(failed))));
  const paths = [...texts.keys()];
  return {
    source: { deployments: models.deployments, invalid, aliases, settings, strategy, groupStrategies, shadows },
    masterKey: server.masterKey,
    idSecret: server.idSecret,
    sharedState: server.sharedState,
    keys: callers.keys,
    jwt: callers.jwt,
    certificates: callers.certificates,
    keyHeader: server.keyHeader,
    maxFailedAttempts: server.maxFailedAttempts,
    maxConnectionAgeMs: server.maxConnectionAgeMs,
    maxRequestBytes: server.maxRequestBytes,
    maxBufferedBytes: server.maxBufferedBytes,
    fetchMedia: server.fetchMedia,
    cors: server.corsOrigins,
    allowedHosts: server.allowedHosts,
    console: server.console,
    passThrough: server.passThrough,
    telemetry,
    secrets,
    files: paths,
    stateFile: stateFilePath(server.stateFile, paths[0] ?? ""),
    content: {
      root: withEntries(placed, new Map([["model_list", entriesOf(models, root)]])),
      entries: models.entries,
      digests: models.digests,
      listedIds: models.listedIds,
      certificateFiles: [...certificates.keys()],
      // As the watcher makes it, of all files that it watches.
      digest: digestOfTexts(new Map([...texts, ...certificates])),
      faults: new Set(models.failed.map(faultOf)),
    },
  };
}

type RouterSettings = ReturnType<typeof readRouterSettings>;

/** Takes in what single deployments say of all of their group. */
function withOwnFallbacks(settings: RouterSettings, { fallbacks }: DeploymentsRead, names: CallableNames, log: FindingLog): RouterSettings {
  const reader = new FallbackReader(names, litellmParamsTable, log);
  const generic = withFallbacksOfEntries(settings.fallbacks.generic, fallbacks, reader, log);
  return { ...settings, fallbacks: { ...settings.fallbacks, generic } };
}

function readModelList(
  { root, placed, top, sections, environment, complete, options, log, secrets }: Compilation,
  links: LinksRead["links"],
): DeploymentsRead {
  const defaults = readDeploymentDefaults(sections, log);
  const defaultParams = child(child(placed, "router_settings"), "default_litellm_params");
  const context = {
    providers: options.providers,
    environment,
    defaultParams: defaultParams?.kind === "map" ? defaultParams : undefined,
    credentials: readCredentialList(top.list("credential_list") ?? [], environment, log),
    links,
    dropParams: defaults.dropParams,
    additionalDropParams: defaults.additionalDropParams,
    modifyParams: defaults.modifyParams,
    defaultMaxParallelRequests: defaults.maxParallelRequests,
    adminEnvAllow: defaults.adminEnvAllow,
  };
  const read = readDeployments(top.list("model_list") ?? [], context, log, entryChanges(options.overlay ?? [], log, secrets));
  if (complete) warnOfNoDeployments(root, read, log);
  const { knownFaults, overlay = [] } = options;
  // What was changed at run time comes after a start that has seen to it.
  const isEmpty = read.deployments.length === 0 && overlay.length === 0;
  const skip = options.skipInvalid ?? defaults.ignoreInvalid;
  reportFailed(read.failed, isEmpty ? { skip: false, isEmpty } : { skip, isEmpty, knownFaults }, log);
  return read;
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
