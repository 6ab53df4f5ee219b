import { createHash, createHmac } from "node:crypto";
import { SignatureV4 } from "@smithy/signature-v4";
import type { UpstreamRequest } from "../../../src/core/upstream.ts";

/** AWS's public example pair, which opens nothing. */
export const exampleKeys = {
  accessKeyId: "AKIDEXAMPLE",
  secretAccessKey: "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY",
} as const;

type Data = string | ArrayBuffer | ArrayBufferView;

/** The hash that the official signer takes, made of the platform's. */
class Sha256 {
  readonly #hash: ReturnType<typeof createHash> | ReturnType<typeof createHmac>;

  constructor(secret?: Data) {
    this.#hash = secret === undefined ? createHash("sha256") : createHmac("sha256", bytesOf(secret));
  }

  update(data: Data): void {
    this.#hash.update(bytesOf(data));
  }

  digest(): Promise<Uint8Array> {
    return Promise.resolve(this.#hash.digest());
  }

  reset(): void {}
}

function bytesOf(data: Data): Buffer {
  if (typeof data === "string") return Buffer.from(data);
  return ArrayBuffer.isView(data) ? Buffer.from(data.buffer, data.byteOffset, data.byteLength) : Buffer.from(data);
}

/** Keys, as tests write them. */
export interface SigningPair {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string | undefined;
}

interface OfficialScope {
  readonly region: string;
  readonly service: string;
  readonly keys: SigningPair;
  readonly date: Date;
}

/** What AWS's own signer makes of a request: the `authorization` header. All headers of the request are signed. */
export async function officialSignature(request: UpstreamRequest, { region, service, keys, date }: OfficialScope): Promise<string> {
  const { sessionToken, ...pair } = keys;
  const signer = new SignatureV4({
    service,
    region,
    credentials: sessionToken === undefined ? pair : { ...pair, sessionToken },
    sha256: Sha256,
    applyChecksum: true,
  });
  const url = new URL(request.origin + request.path);
  const query: Record<string, string> = Object.fromEntries(url.searchParams);
  const signed = await signer.sign(
    {
      method: request.method,
      protocol: url.protocol,
      hostname: url.hostname,
      path: request.path.split("?")[0] ?? "/",
      query,
      headers: signedHeaders(request, url.host),
      body: Buffer.concat(request.body),
    },
    { signingDate: date },
  );
  return signed.headers["authorization"] ?? "";
}

/** What the signer adds by itself. */
const ofSigner: ReadonlySet<string> = new Set(["host", "x-amz-date", "x-amz-security-token"]);

function signedHeaders({ headers }: UpstreamRequest, host: string): Record<string, string> {
  const signed = Object.fromEntries(Object.entries(headers).filter(([name]) => !ofSigner.has(name)));
  // So HTTP/2 calls the host.
  return ":authority" in signed ? signed : { ...signed, host };
}
