import { createWildcard, type Wildcard } from "../../core/table/wildcard.ts";
import { parseHttpAddress } from "../../lib/http-address.ts";
import { mayRefer } from "../environment/expand-references.ts";
import { withEntries, type ConfigNode, type MapEntry, type MapNode } from "../tree/config-node.ts";
import type { FindingLog } from "../tree/finding-log.ts";
import type { DeploymentContext } from "./deployment-context.ts";
import { ambientKey, sharedSecrets, variableUses, type SecretUse } from "./secret-uses.ts";

/** Sees what secrets the entries of `model_list` use, and with which hosts. */
export interface SecretWatch {
  /** @returns An entry, as written, without the references that it must not follow. These are reported. */
  admit(entry: MapNode, path: string, problems: FindingLog): MapNode;
  /**
   * Takes note of what a deployment uses. What it must not use with its host is reported.
   * @param origin Where its requests go. Undefined when that is not known.
   */
  settle(uses: readonly SecretUse[], origin: string | undefined, problems: FindingLog): void;
  /** Whether a deployment's provider may find a variable by itself that the entry does not name. */
  mayFind(variable: string, origin: string | undefined): boolean;
}

/** What the configuration's own entries use, and with which hosts: the origins by the key of each use. */
export class FileUses implements SecretWatch {
  readonly #origins = new Map<string, Set<string>>();

  admit(entry: MapNode): MapNode {
    return entry;
  }

  settle(uses: readonly SecretUse[], origin: string | undefined): void {
    for (const { key } of uses) this.#add(key, origin);
  }

  mayFind(variable: string, origin: string | undefined): boolean {
    this.#add(ambientKey(variable), origin);
    return true;
  }

  /** Takes in what is kept for several entries, each with the address that stands beside it. */
  addShared(context: DeploymentContext): void {
    for (const { uses, address } of sharedSecrets(context)) {
      const node = address === undefined ? undefined : context.environment.resolve(address, "", () => undefined);
      const origin = node?.kind === "scalar" ? parseHttpAddress(node.text.trim())?.origin : undefined;
      this.settle(uses, origin);
    }
  }

  /** Whether something is used with any host. */
  knows(key: string): boolean {
    return this.#origins.has(key);
  }

  /** The origins that something is used with. */
  with(key: string): ReadonlySet<string> {
    return this.#origins.get(key) ?? new Set();
  }

  #add(key: string, origin: string | undefined): void {
    if (origin === undefined) return;
    const known = this.#origins.get(key);
    if (known === undefined) this.#origins.set(key, new Set([origin]));
    else known.add(origin);
  }
}

const rule =
  "an entry made at run time uses only what the configuration file uses in the same place and with the same host, and variables that general_settings.admin_env_allow lists";

/** Characters. What follows references is not linear in their depth, and nobody needs them in longer texts. */
const longestReferring = 4_096;

const mostHostsTold = 5;

/**
 * Judges entries that were made at run time. Who may make them can have them send what they hold to any host, so they hold nothing of the
 * server's but what the configuration file sends to that host already.
 */
export class RunTimeRule implements SecretWatch {
  readonly #files: () => FileUses;
  readonly #allowed: readonly Wildcard[];
  #uses: FileUses | undefined;

  /**
   * @param files Reads what the configuration's own entries use. Called at the first need.
   * @param allowed The names and patterns of `admin_env_allow`.
   */
  constructor(files: () => FileUses, allowed: readonly string[]) {
    this.#files = files;
    this.#allowed = allowed.map(createWildcard);
  }

  admit(entry: MapNode, path: string, problems: FindingLog): MapNode {
    const admitted = this.#admitted(entry, path, "", problems);
    return admitted.kind === "map" ? admitted : entry;
  }

  settle(uses: readonly SecretUse[], origin: string | undefined, problems: FindingLog): void {
    for (const { key, what, variables, at, path } of uses) {
      if (variables?.every((name) => this.#isAllowed(name)) === true) continue;
      const origins = this.#fileUses.with(key);
      if (origin !== undefined && origins.has(origin)) continue;
      const hosts = origins.size === 0 ? "no host" : [...origins].slice(0, mostHostsTold).join(", ");
      problems.problem(at, path, `${what} must not be used with ${origin ?? "this host"}: ${rule}; the file uses it with ${hosts}`);
    }
  }

  mayFind(variable: string, origin: string | undefined): boolean {
    return this.#isAllowed(variable) || (origin !== undefined && this.#fileUses.with(ambientKey(variable)).has(origin));
  }

  #admitted(node: ConfigNode, path: string, place: string, problems: FindingLog): ConfigNode {
    if (node.kind === "list") {
      return { ...node, items: node.items.map((item, index) => this.#admitted(item, `${path}[${index}]`, `${place}[${index}]`, problems)) };
    }
    if (node.kind === "map") {
      const changes = new Map<string, MapEntry>();
      for (const [key, entry] of node.entries) {
        const value = this.#admitted(entry.value, `${path}.${key}`, place === "" ? key : `${place}.${key}`, problems);
        if (value !== entry.value) changes.set(key, { ...entry, value });
      }
      return changes.size === 0 ? node : withEntries(node, changes);
    }
    if (typeof node.value !== "string" || !mayRefer(node.value)) return node;
    const left: ConfigNode = { ...node, value: null, text: "", origin: "unresolved" };
    if (node.value.length > longestReferring) {
      problems.problem(node.at, path, `is longer than ${longestReferring} characters, which is too long for a text with references`);
      return left;
    }
    const refused = variableUses(node, path, place).filter((use) => !this.#isAllowed(use.variable) && !this.#fileUses.knows(use.key));
    for (const { what, at } of refused) problems.problem(at, path, `${what} must not be named here: ${rule}`);
    return refused.length === 0 ? node : left;
  }

  get #fileUses(): FileUses {
    return (this.#uses ??= this.#files());
  }

  #isAllowed(variable: string): boolean {
    return this.#allowed.some((pattern) => pattern.match(variable) !== undefined);
  }
}
