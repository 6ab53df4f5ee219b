import { BlockList, isIP } from "node:net";
import { parseHttpAddress } from "../lib/http-address.ts";

/** The proxies of an environment: `HTTP_PROXY`, `HTTPS_PROXY` and `ALL_PROXY`, and `NO_PROXY` for what goes without. */
export interface ProxySettings {
  /** The proxy of `http` origins, a URL that may hold a name and a password. */
  readonly http: string | undefined;
  readonly https: string | undefined;
  /** Hosts, domains, addresses and networks (`10.0.0.0/8`), with commas between; `*` for all. */
  readonly except: string;
}

/** Reads an environment as curl does: the names in small letters win, and an empty value counts as none. */
export function readProxySettings(env: Readonly<Record<string, string | undefined>>): ProxySettings {
  const read = (name: string): string | undefined => env[name.toLowerCase()] || env[name] || undefined;
  const all = read("ALL_PROXY");
  return { http: read("HTTP_PROXY") ?? all, https: read("HTTPS_PROXY") ?? all, except: read("NO_PROXY") ?? "" };
}

/** The passwords in proxies' addresses, as they are written and as they are meant. */
export function proxyPasswords({ http, https }: ProxySettings): readonly string[] {
  return [http, https].flatMap((address) => {
    const written = address === undefined ? undefined : proxyUrl(address)?.password;
    return written === undefined || written === "" ? [] : [written, decodeURIComponent(written)];
  });
}

/** A proxy's address as a URL; a bare `host:port` is one of HTTP. Undefined for anything else. */
export function proxyUrl(address: string): URL | undefined {
  const text = address.includes("://") ? address : `http://${address}`;
  const url = URL.canParse(text) ? new URL(text) : undefined;
  return url?.protocol === "http:" || url?.protocol === "https:" ? url : undefined;
}

interface Exception {
  /** Lower case, without a leading dot: this host and all below it. */
  readonly domain: string;
  /** Undefined for any. */
  readonly port: string | undefined;
}

/** Tells which origins are reached by a proxy. Loopback never is: a proxy's own loopback is another machine. */
export class ProxyRules {
  readonly #settings: ProxySettings;
  readonly #exceptsAll: boolean;
  readonly #domains: readonly Exception[];
  readonly #networks = new BlockList();

  constructor(settings: ProxySettings) {
    this.#settings = settings;
    this.#networks.addSubnet("127.0.0.0", 8, "ipv4");
    this.#networks.addAddress("::1", "ipv6");
    const entries = settings.except
      .toLowerCase()
      .split(/[\s,]+/)
      .filter((entry) => entry !== "");
    this.#exceptsAll = entries.includes("*");
    this.#domains = [{ domain: "localhost", port: undefined }, ...entries.filter((entry) => !this.#addNetwork(entry)).map(exceptionOf)];
  }

  /** Whether there is no proxy at all. */
  get isEmpty(): boolean {
    return this.#exceptsAll || (this.#settings.http === undefined && this.#settings.https === undefined);
  }

  /** The address of the proxy that an origin is reached by; undefined when it is reached directly. @param origin Scheme, host and port. */
  proxyFor(origin: string): string | undefined {
    const { protocol, hostname, port } = parseHttpAddress(origin) ?? new URL(origin);
    const proxy = protocol === "https:" ? this.#settings.https : this.#settings.http;
    if (proxy === undefined || this.#exceptsAll) return undefined;
    const host = hostname.toLowerCase().replace(/^\[(.*)\]$/, "$1");
    const version = isIP(host);
    if (version !== 0 && this.#networks.check(host, version === 4 ? "ipv4" : "ipv6")) return undefined;
    const usedPort = port === "" ? (protocol === "https:" ? "443" : "80") : port;
    return this.#domains.some((exception) => isBelow(host, exception.domain) && (exception.port ?? usedPort) === usedPort)
      ? undefined
      : proxy;
  }

  /** @returns Whether the entry is an address or a network. */
  #addNetwork(entry: string): boolean {
    const [address = "", bits, ...rest] = entry.replace(/^\[(.*)\]$/, "$1").split("/");
    const version = isIP(address);
    if (version === 0 || rest.length > 0) return false;
    const length = Number(bits ?? (version === 4 ? 32 : 128));
    if (!Number.isInteger(length) || length < 0 || length > (version === 4 ? 32 : 128)) return false;
    this.#networks.addSubnet(address, length, version === 4 ? "ipv4" : "ipv6");
    return true;
  }
}

function exceptionOf(entry: string): Exception {
  const [, host = entry, port] = /^(.*?)(?::(\d+))?$/.exec(entry) ?? [];
  return { domain: host.replace(/^\*?\./, ""), port };
}

function isBelow(host: string, domain: string): boolean {
  return host === domain || host.endsWith(`.${domain}`);
}
