import { createHash, createHmac, hash } from "node:crypto";
import { RouterError } from "../../core/errors.ts";
import type { RequestSigner } from "../../core/format.ts";
import type { FetchedCredentials } from "../../core/provider.ts";
import type { UpstreamHeaders, UpstreamRequest } from "../../core/upstream.ts";
import { type ProofMaker, ProofRenewal } from "../credentials/proof-renewal.ts";
import type { AwsKeys, AwsKeySource } from "./aws-keys.ts";

/** For whom requests are signed. */
export interface SigningScope {
  readonly region: string;
  /** As AWS calls it in signatures: `bedrock`, `bedrock-mantle`, `sts`. */
  readonly service: string;
}

/** How AWS says so, in a header or in its words. A signature that is too old is another matter. */
const expired = /ExpiredToken|security token included in the request is expired/i;
const algorithm = "AWS4-HMAC-SHA256";
/** Paths of which the signed form is kept. A wildcard deployment has as many as callers name models. */
const mostPaths = 256;

/**
 * Signs requests as AWS wants it (Signature Version 4): https://docs.aws.amazon.com/IAM/latest/UserGuide/create-signed-request.html
 *
 * Signed are the body and the headers that AWS needs, no others: what callers add to a request may be changed by a proxy in between.
 */
export class SigV4Signer implements RequestSigner, ProofMaker<AwsKeys> {
  readonly credentials: FetchedCredentials | undefined;
  readonly #keys: AwsKeySource;
  readonly #scope: SigningScope;
  readonly #wallTime: () => number;
  readonly #paths = new Map<string, string>();
  #used: AwsKeys | undefined;
  /** Of the keys that were used last. Undefined for keys that are written down. */
  #renewal: ProofRenewal<AwsKeys> | undefined;
  #signingKey: SigningKey | undefined;
  #moment: Moment = { second: Number.NaN, time: "", day: "" };

  /** @param wallTime Milliseconds since the Unix epoch. */
  constructor(keys: AwsKeySource, scope: SigningScope, wallTime: () => number) {
    this.credentials = keys.fetched;
    this.#keys = keys;
    this.#scope = scope;
    this.#wallTime = wallTime;
  }

  sign(request: UpstreamRequest): UpstreamRequest | RouterError {
    const keys = this.#keys.current();
    if (keys instanceof RouterError) return keys;
    if (keys !== this.#used) this.#use(keys);
    const { time, day } = this.#now();
    const contentType = request.headers["content-type"] ?? "";
    const bodyHash = hashOf(request.body);
    const token = keys.sessionToken;
    const names = token === undefined ? signedNames : signedNamesWithToken;
    const canonical = `${request.method}\n${this.#canonicalTarget(request.path)}\ncontent-type:${trimmed(contentType)}\nhost:${hostOf(request.origin)}\nx-amz-content-sha256:${bodyHash}\nx-amz-date:${time}\n${token === undefined ? "" : `x-amz-security-token:${token}\n`}\n${names}\n${bodyHash}`;
    const { key, scope } = this.#keyOf(keys, day);
    const signature = createHmac("sha256", key)
      .update(`${algorithm}\n${time}\n${scope}\n${hash("sha256", canonical, "hex")}`)
      .digest("hex");
    const headers: Record<string, string> = {
      ...request.headers,
      "content-type": contentType,
      "x-amz-date": time,
      "x-amz-content-sha256": bodyHash,
      authorization: `${algorithm} Credential=${keys.accessKeyId}/${scope}, SignedHeaders=${names}, Signature=${signature}`,
    };
    if (token !== undefined) headers["x-amz-security-token"] = token;
    return { ...request, headers, renewal: this.#renewal };
  }

  refused(): void {
    if (this.#used !== undefined) this.#keys.refused(this.#used);
  }

  saysOver(status: number, headers: UpstreamHeaders, body: Buffer): boolean {
    const type = headers["x-amzn-errortype"];
    return status < 500 && (expired.test(typeof type === "string" ? type : "") || expired.test(body.toString()));
  }

  async successor(keys: AwsKeys): Promise<AwsKeys | undefined> {
    return this.#keys.fetched?.successor(keys);
  }

  proveAgain({ headers, ...request }: UpstreamRequest): UpstreamRequest | undefined {
    const { "x-amz-security-token": _old, ...others } = headers;
    const signed = this.sign({ ...request, headers: others });
    return signed instanceof RouterError ? undefined : signed;
  }

  #use(keys: AwsKeys): void {
    this.#used = keys;
    this.#renewal = this.#keys.fetched && new ProofRenewal(this, keys);
  }

  /** The texts of this second: signatures name no smaller time. */
  #now(): Moment {
    const now = this.#wallTime();
    const second = Math.floor(now / 1000);
    if (second !== this.#moment.second) {
      const time = new Date(now).toISOString().replaceAll(/[-:]|\.\d+/g, "");
      this.#moment = { second, time, day: time.slice(0, 8) };
    }
    return this.#moment;
  }

  /** The key of a day, which takes four hashes to make. */
  #keyOf(keys: AwsKeys, day: string): SigningKey {
    const known = this.#signingKey;
    if (known?.keys === keys && known.day === day) return known;
    const { region, service } = this.#scope;
    const steps = [day, region, service, "aws4_request"];
    const key = steps.reduce(
      (from: Buffer, step) => createHmac("sha256", from).update(step).digest(),
      Buffer.from(`AWS4${keys.secretAccessKey}`),
    );
    return (this.#signingKey = { keys, day, key, scope: steps.join("/") });
  }

  /** @returns Path and query as they are signed, in two lines. */
  #canonicalTarget(target: string): string {
    const known = this.#paths.get(target);
    if (known !== undefined) return known;
    const at = target.indexOf("?");
    const path = canonicalPath(at === -1 ? target : target.slice(0, at));
    const canonical = `${path}\n${at === -1 ? "" : canonicalQuery(target.slice(at + 1))}`;
    if (this.#paths.size >= mostPaths) this.#paths.clear();
    this.#paths.set(target, canonical);
    return canonical;
  }
}

interface Moment {
  readonly second: number;
  /** `20260102T030405Z` */
  readonly time: string;
  readonly day: string;
}

interface SigningKey {
  readonly keys: AwsKeys;
  readonly day: string;
  readonly key: Buffer;
  readonly scope: string;
}

const signedNames = "content-type;host;x-amz-content-sha256;x-amz-date";
const signedNamesWithToken = `${signedNames};x-amz-security-token`;

/** The host as its header has it: without the scheme's own port. */
function hostOf(origin: string): string {
  return origin.slice(origin.indexOf("://") + 3);
}

function hashOf(body: readonly Uint8Array[]): string {
  const [first, second] = body;
  if (second === undefined) return hash("sha256", first ?? "", "hex");
  const whole = createHash("sha256");
  for (const piece of body) whole.update(piece);
  return whole.digest("hex");
}

function trimmed(value: string): string {
  return value.trim().replaceAll(/\s+/g, " ");
}

/** A path that was encoded for sending is encoded once more for signing, as every service but S3 wants it. */
function canonicalPath(path: string): string {
  const segments: string[] = [];
  for (const segment of path.split("/")) {
    if (segment === "..") segments.pop();
    else if (segment !== "" && segment !== ".") segments.push(encoded(segment));
  }
  return `/${segments.join("/")}${segments.length > 0 && path.endsWith("/") ? "/" : ""}`;
}

function canonicalQuery(query: string): string {
  return [...new URLSearchParams(query)]
    .map(([name, value]) => `${encoded(name)}=${encoded(value)}`)
    .sort()
    .join("&");
}

/** Encodes all but the letters, digits and marks that RFC 3986 calls unreserved. */
function encoded(text: string): string {
  return encodeURIComponent(text).replaceAll(/[!'()*]/g, (mark) => `%${mark.charCodeAt(0).toString(16).toUpperCase()}`);
}
