import { dirname, resolve } from "node:path";
import { jwtAlgorithms, type JwksSource, type JwtSettings } from "../../core/keys/jwt-settings.ts";
import { didYouMean } from "../../lib/suggest.ts";
import type { MapNode } from "../tree/config-node.ts";
import type { FindingLog } from "../tree/finding-log.ts";
import { readKeyMapping } from "./key-mapping.ts";
import { jwtTable } from "../settings/jwt-settings.ts";
import { SectionReader } from "../settings/section-reader.ts";

const path = "general_settings.jwt";

type Reader = SectionReader<typeof jwtTable>;

/** Reads `general_settings.jwt`. @returns Undefined when tokens are not taken, or something is wrong. */
export async function readJwt(
  section: MapNode | undefined,
  readFile: (path: string) => Promise<string>,
  log: FindingLog,
): Promise<JwtSettings | undefined> {
  if (section === undefined) return undefined;
  for (const { key, keyAt } of section.entries.values()) {
    if (!Object.hasOwn(jwtTable, key)) {
      const known = Object.keys(jwtTable);
      log.problem(keyAt, `${path}.${key}`, `is not known here${didYouMean(key, known)}; there are ${known.join(", ")}`);
    }
  }
  const reader = new SectionReader(jwtTable, section, path, log);
  const issuer = required(reader.text("issuer"), "issuer", "a token's `iss` is compared with it", section, log);
  const audience = (reader.names("audience") ?? []).filter((one) => one.trim() !== "");
  if (audience.length === 0 && !isUnresolved(section, "audience")) {
    log.problem(
      section.entries.get("audience")?.value.at ?? section.at,
      `${path}.audience`,
      "is needed: a token for another service must not open this one",
    );
  }
  const jwks = await readJwks(section, reader, readFile, log);
  const keys = readKeyMapping(reader.map("keys"), `${path}.keys`, log);
  const defaultKey = reader.text("default_key");
  if (keys.size === 0 && defaultKey === undefined) {
    log.problem(section.at, `${path}.keys`, "is needed, or default_key: it says which key a token stands for");
  }
  const algorithms = readAlgorithms(reader, log);
  if (issuer === undefined || jwks === undefined) return undefined;
  return { issuer, audience, jwks, claim: reader.text("claim") ?? jwtTable.claim.default, keys, defaultKey, algorithms };
}

function required(text: string | undefined, key: string, reason: string, section: MapNode, log: FindingLog): string | undefined {
  if (text !== undefined && text.trim() !== "") return text;
  if (!isUnresolved(section, key)) log.problem(section.entries.get(key)?.value.at ?? section.at, `${path}.${key}`, `is needed: ${reason}`);
  return undefined;
}

function isUnresolved(section: MapNode, key: string): boolean {
  const value = section.entries.get(key)?.value;
  return value?.kind === "scalar" && value.origin === "unresolved";
}

async function readJwks(
  section: MapNode,
  reader: Reader,
  readFile: (path: string) => Promise<string>,
  log: FindingLog,
): Promise<JwksSource | undefined> {
  const url = reader.text("jwks_url");
  const file = reader.text("jwks_file");
  if ((url === undefined) === (file === undefined)) {
    if (isUnresolved(section, "jwks_url") || isUnresolved(section, "jwks_file")) return undefined;
    log.problem(section.at, `${path}.jwks_url`, "is needed, or jwks_file, and only one of the two: the issuer's public keys");
    return undefined;
  }
  if (url !== undefined) return readUrl(url, reader, log);
  const node = reader.node("jwks_file");
  if (file === undefined || node === undefined) return undefined;
  try {
    const parsed = JSON.parse(await readFile(resolve(dirname(node.at.file.path), file))) as { readonly keys?: unknown } | null;
    const keys = parsed?.keys;
    if (Array.isArray(keys) && keys.length > 0 && keys.every((one) => typeof one === "object" && one !== null)) {
      const symmetric = keys.some((one: object) => "k" in one || "d" in one);
      if (!symmetric) return { kind: "keys", keys: keys as readonly Readonly<Record<string, unknown>>[] };
      log.problem(node.at, `${path}.jwks_file`, "holds a secret or private key: only public keys belong there");
      return undefined;
    }
    log.problem(node.at, `${path}.jwks_file`, 'is no JSON Web Key Set: {"keys": [...]}');
  } catch (error) {
    log.problem(node.at, `${path}.jwks_file`, error instanceof SyntaxError ? "is not JSON" : "cannot be read");
  }
  return undefined;
}

function readUrl(url: string, reader: Reader, log: FindingLog): JwksSource | undefined {
  const at = reader.node("jwks_url")?.at;
  const parsed = URL.canParse(url) ? new URL(url) : undefined;
  if (at !== undefined && (parsed === undefined || (parsed.protocol !== "https:" && parsed.protocol !== "http:"))) {
    log.problem(at, `${path}.jwks_url`, "must be an address such as https://issuer.example.com/.well-known/jwks.json");
    return undefined;
  }
  if (at !== undefined && parsed?.protocol === "http:" && !["localhost", "127.0.0.1", "[::1]"].includes(parsed.hostname)) {
    log.warning(at, `${path}.jwks_url`, "is plain http: whoever is on the way can put other keys in the place of the issuer's");
  }
  return { kind: "url", url };
}

function readAlgorithms(reader: Reader, log: FindingLog): readonly string[] {
  const given = reader.names("algorithms");
  const node = reader.node("algorithms");
  if (given === undefined || node === undefined) return jwtAlgorithms;
  const allowed: readonly string[] = jwtAlgorithms;
  for (const [index, name] of given.entries()) {
    if (allowed.includes(name)) continue;
    const at = (node.kind === "list" ? node.items[index] : node)?.at ?? node.at;
    log.problem(at, `${path}.algorithms`, `must be of ${allowed.join(", ")}, which public keys can check`);
  }
  if (given.length === 0) log.problem(node.at, `${path}.algorithms`, `must name at least one of ${allowed.join(", ")}`);
  return given;
}
