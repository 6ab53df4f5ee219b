import type { CertificateSettings } from "../../core/keys/certificate-settings.ts";
import type { JwtSettings } from "../../core/keys/jwt-settings.ts";
import type { KeyRecord } from "../../core/key-record.ts";
import type { SharedStateSettings } from "../settings/shared-state-settings.ts";
import type { TableSource } from "../../core/table-source.ts";
import { Environment } from "../environment/environment.ts";
import { proxyPasswords, type ProxySettings, readProxySettings } from "../../upstream/proxy-rules.ts";
import { Secrets } from "../secrets/secrets.ts";
import type { PassThroughEndpoint } from "../read/read-pass-through.ts";
import type { TelemetrySettings } from "../settings/telemetry-settings.ts";
import type { ConfigNode, MapNode } from "../tree/config-node.ts";
import { FindingLog, type Finding } from "../tree/finding-log.ts";
import { digestOfTexts, type LazyDigest } from "../tree/digest-of.ts";
import { SourceFile } from "../tree/source-file.ts";
import { unpackYaml, type PackedYaml } from "../yaml/packed-yaml.ts";
import { readYaml } from "../yaml/read-yaml.ts";
import type { YamlParser } from "../yaml/yaml-parser.ts";
import { compileConfig, type CompileOptions } from "./compile-config.ts";
import { toConfigProblem, type ConfigProblem } from "./config-problem.ts";
import { readFiles } from "./read-files.ts";

/** The world outside, handed in. */
export interface LoadOptions extends CompileOptions {
  /** The files' contents by path, to be taken instead of what the disk has by now. */
  readonly texts?: ReadonlyMap<string, string> | undefined;
  /** Of these texts, those that another thread has parsed, by path. */
  readonly packed?: ReadonlyMap<string, PackedYaml> | undefined;
  /** Parses a file. Omit it to have files parsed in place, which holds up all else on the thread. */
  readonly parse?: YamlParser["parse"];
}

/** What came of a load. */
export interface LoadResult {
  /** What refuses the start, all of it. */
  readonly problems: readonly ConfigProblem[];
  /** What is tolerated. */
  readonly warnings: readonly ConfigProblem[];
  /** Undefined if, and only if, there are problems. */
  readonly config: LoadedConfig | undefined;
  /** The files that it is made of, those that could not be read included. */
  readonly wanted: readonly string[];
  /** A digest of their contents. */
  readonly digest: string;
  /** The contents of those that could be read, by path. */
  readonly texts: ReadonlyMap<string, string>;
  /** The long ones among them as parsed, for other threads, by path. */
  readonly packed: ReadonlyMap<string, PackedYaml>;
}

/** A configuration, validated and compiled. Immutable. */
export interface LoadedConfig {
  readonly source: TableSource;
  /** Undefined when nobody may operate the server, or, without keys of callers, when it is open to everybody. */
  readonly masterKey: string | undefined;
  /** What authenticates the ids of what deployments keep. Undefined when it is not given. */
  readonly idSecret: string | undefined;
  /** Where nodes keep what they share. Undefined when nothing is shared. */
  readonly sharedState: SharedStateSettings | undefined;
  /** Callers' keys, in the order they are written. */
  readonly keys: readonly KeyRecord[];
  /** Undefined when tokens of identity providers are not taken. */
  readonly jwt: JwtSettings | undefined;
  /** Undefined when clients' certificates stand for no keys. */
  readonly certificates: CertificateSettings | undefined;
  /** One more header that callers' keys may stand in, in lower case. */
  readonly keyHeader: string | undefined;
  /** How many keys that are not valid an address may show at once; 0 for any number. */
  readonly maxFailedAttempts: number;
  /** How old callers' connections of HTTP/2 may become. Undefined for any age. */
  readonly maxConnectionAgeMs: number | undefined;
  readonly maxRequestBytes: number;
  /** How many bytes of requests and replies the process may hold at once. */
  readonly maxBufferedBytes: number;
  /** Whether what calls name by address is fetched for deployments that take no addresses. */
  readonly fetchMedia: boolean;
  /** The proxies that deployments are reached by, from the environment. */
  readonly proxies: ProxySettings;
  /** Web origins whose pages may call; `*` is any. Without one, no page may. */
  readonly cors: readonly string[];
  /** Names that a server which only this machine can reach answers to, in lower case. */
  readonly allowedHosts: readonly string[];
  /** Whether the console in the browser is served. */
  readonly console: boolean;
  /** Paths that lead to other servers, the longest first. */
  readonly passThrough: readonly PassThroughEndpoint[];
  readonly telemetry: TelemetrySettings;
  /** Takes out of texts what must never be told. */
  readonly secrets: Secrets;
  /** The files it was read from, the given one first. */
  readonly files: readonly string[];
  /** Where changes made at run time are kept. Undefined when they are not kept. */
  readonly stateFile: string | undefined;
  readonly content: ConfigContent;
}

/** What a configuration was compiled from, for showing, comparing and changing it. Holds secrets. */
interface ConfigContent {
  /** The files joined, what is laid over them included, references as written. */
  readonly root: MapNode;
  /** The entries of `model_list` by the ids of their deployments. */
  readonly entries: ReadonlyMap<string, ConfigNode>;
  /** A digest of each deployment, by its id: equal for two that are made from the same. */
  readonly digests: ReadonlyMap<string, LazyDigest>;
  /** The ids of the files' own deployments, those that the overlay takes away included. */
  readonly listedIds: ReadonlySet<string>;
  /** The files of certificates that deployments name, as far as they could be read. */
  readonly certificateFiles: readonly string[];
  /** A digest of the files, those of certificates included: the same for the same texts. */
  readonly digest: string;
  /** What is wrong with the deployments that were left out. */
  readonly faults: ReadonlySet<string>;
}

/**
 * Reads a configuration: files, environment, validation, in this order, collecting everything that is wrong on the way.
 * Never throws: what went wrong is in the result.
 */
export async function loadConfig(path: string, options: LoadOptions): Promise<LoadResult> {
  const log = new FindingLog();
  const secrets = new Secrets();
  const proxies = readProxySettings(options.env);
  for (const password of proxyPasswords(proxies)) secrets.remember(password);
  const read = await readFiles(path, {
    readFile: options.texts === undefined ? options.readFile : readFrom(options.texts),
    parse: parserOf(options),
    environment: new Environment(options.env, secrets),
    log,
    secrets,
  });
  const { root, texts, packed, wanted } = read;
  const files = [...texts.keys()];
  const config = root === undefined ? undefined : await compileConfig(root, read, options, { log, secrets });
  const problems = inOrder(log.problems, files).map((finding) => toConfigProblem(finding, secrets));
  const warnings = inOrder(log.warnings, files).map((finding) => toConfigProblem(finding, secrets));
  return {
    problems,
    warnings,
    config: problems.length === 0 && config !== undefined ? { ...config, proxies } : undefined,
    wanted: [...wanted, ...(config?.content.certificateFiles ?? [])],
    digest: config?.content.digest ?? digestOfTexts(texts),
    texts,
    packed,
  };
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
