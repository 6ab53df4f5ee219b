import { hash, X509Certificate } from "node:crypto";
import { resolve } from "node:path";
import { createSecureContext } from "node:tls";
import type { UpstreamLink } from "../../core/upstream.ts";
import type { Environment } from "../environment/environment.ts";
import type { litellmParamsTable } from "../settings/litellm-params.ts";
import type { litellmSettingsTable } from "../settings/litellm-settings.ts";
import type { SectionReader } from "../settings/section-reader.ts";
import type { ConfigNode } from "../tree/config-node.ts";
import type { FindingLog } from "../tree/finding-log.ts";
import { booleanOf } from "../tree/scalar.ts";
import { isPath, tlsPath, type CertificateFiles } from "./tls-files.ts";

type Reader = SectionReader<typeof litellmParamsTable> | SectionReader<typeof litellmSettingsTable>;

/** Whose certificates are taken. */
interface Trust {
  readonly verify: boolean;
  /** Undefined for the platform's own. */
  readonly ca: string | undefined;
}

interface Sources {
  readonly files: CertificateFiles;
  readonly environment: Environment;
  /** The place in messages on the environment, which has no line. */
  readonly root: ConfigNode;
}

/** Reads how deployments are reached: `ssl_verify`, `ssl_certificate`, `http2`. */
export class LinkReader {
  readonly #files: CertificateFiles;
  /** The usual authorities: those of `SSL_CERT_FILE`, else the platform's own. */
  readonly #usual: Trust;
  readonly #trust: Trust;
  readonly #certificate: string | undefined;
  /** Deployments of the same settings share one link. */
  readonly #links = new Map<string, UpstreamLink>();
  readonly #keys = new Map<string | undefined, string>([[undefined, ""]]);

  /** @param settings Reads `litellm_settings`. */
  constructor(settings: SectionReader<typeof litellmSettingsTable>, { files, environment, root }: Sources, log: FindingLog) {
    this.#files = files;
    const ofVariable = (name: string): string | undefined => {
      const path = environment.get(name);
      if (path === undefined || !isPath(path)) return undefined;
      const text = files.get(resolve(path));
      if (text === undefined) log.warning(root.at, name, `the file ${path} of this environment variable cannot be read, and is ignored`);
      return text;
    };
    this.#usual = { verify: true, ca: authorities(ofVariable("SSL_CERT_FILE")) };
    const written = this.#readTrust(settings, log) ?? this.#usual;
    const variable = environment.get("SSL_VERIFY");
    const said = variable === undefined ? undefined : booleanOf(variable);
    const ca = authorities(ofVariable("SSL_VERIFY"));
    this.#trust = said !== undefined ? (said ? this.#usual : noTrust) : ca === undefined ? written : { verify: true, ca };
    this.#certificate = ofVariable("SSL_CERTIFICATE") ?? this.#readCertificate(settings, log);
  }

  /** @returns Undefined for the usual way. Where `problems` has some, what is returned is not to be used. */
  read(reader: SectionReader<typeof litellmParamsTable>, problems: FindingLog): UpstreamLink | undefined {
    const { verify, ca } = this.#readTrust(reader, problems) ?? this.#trust;
    const certificate = this.#readCertificate(reader, problems) ?? this.#certificate;
    const http2 = reader.boolean("http2") ?? false;
    if (verify && ca === undefined && certificate === undefined && !http2) return undefined;
    const key = `${http2 ? "h2" : "h1"} ${verify ? "checked" : "unchecked"} ${this.#keyOf(ca)} ${this.#keyOf(certificate)}`;
    const known = this.#links.get(key);
    if (known !== undefined) return known;
    const link = { key, http2, verify, ca, certificate };
    this.#links.set(key, link);
    return link;
  }

  #readTrust(reader: Reader, log: FindingLog): Trust | undefined {
    const said = reader.booleanOrText("ssl_verify");
    const node = reader.node("ssl_verify");
    if (said === undefined || said === "" || node === undefined) return undefined;
    const path = reader.pathOf("ssl_verify");
    if (said === true) return this.#usual;
    if (said === false) {
      const message = "switches the check of the provider's certificate off: whoever is on the way can read the prompts and the key";
      log.sharedWarning("ssl_verify off", node.at, path, message);
      return noTrust;
    }
    const text = this.#fileOf(node, said, path, log);
    if (text === foreign) return undefined;
    const ca = authorities(text);
    if (ca !== undefined) return { verify: true, ca };
    // As in LiteLLM. Nothing is open by it: hosts that only those authorities vouch for are refused.
    const why = text === undefined ? "cannot be read" : "holds no PEM certificate";
    log.warning(node.at, path, `${said} ${why}, so the usual authorities count`);
    return this.#usual;
  }

  #readCertificate(reader: Reader, log: FindingLog): string | undefined {
    const said = reader.text("ssl_certificate");
    const node = reader.node("ssl_certificate");
    if (said === undefined || said === "" || node === undefined) return undefined;
    const path = reader.pathOf("ssl_certificate");
    const text = this.#fileOf(node, said, path, log);
    if (text === foreign) return undefined;
    const fault = text === undefined ? "cannot be read" : certificateFault(text);
    if (fault !== undefined) log.problem(node.at, path, `${said} ${fault}`);
    return text;
  }

  /** @returns What the file holds; undefined where it cannot be read. */
  #fileOf(node: ConfigNode, written: string, path: string, log: FindingLog): string | typeof foreign | undefined {
    const file = tlsPath(node, written);
    if (this.#files.has(file)) return this.#files.get(file);
    log.problem(node.at, path, `names a file that the configuration's own files do not name; only they may`);
    return foreign;
  }

  #keyOf(pem: string | undefined): string {
    let key = this.#keys.get(pem);
    if (key === undefined) this.#keys.set(pem, (key = hash("sha256", pem ?? "", "hex")));
    return key;
  }
}

const noTrust: Trust = { verify: false, ca: undefined };

/** Stands for a file that was not read, because only an entry of an operator's names it. */
const foreign = Symbol("foreign");

/** The text, where it begins with certificates at all. */
function authorities(pem: string | undefined): string | undefined {
  if (pem === undefined) return undefined;
  try {
    // It reads the first one.
    return new X509Certificate(pem).raw.length > 0 ? pem : undefined;
  } catch {
    return undefined;
  }
}

function certificateFault(pem: string): string | undefined {
  if (authorities(pem) === undefined) return "holds no PEM certificate";
  try {
    createSecureContext({ cert: pem, key: pem });
    return undefined;
  } catch {
    return "holds no private key, in PEM and without a password, of its certificate";
  }
}
