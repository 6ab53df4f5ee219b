import { SignatureV4 } from "@smithy/signature-v4";
import { createHash, createHmac, type Hash, type Hmac } from "node:crypto";
import type { ApiRequest } from "./strict-host.ts";

/** The keys that a fake of AWS knows. */
export interface AwsKeys {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
}

/** AWS's own signer, told to hash as Node does. */
class Sha256 {
  readonly #hash: Hash | Hmac;

  constructor(secret?: string | ArrayBuffer | ArrayBufferView) {
    const key = secret instanceof ArrayBuffer ? Buffer.from(secret) : secret;
    this.#hash = key === undefined ? createHash("sha256") : createHmac("sha256", key as string);
  }

  update(data: Uint8Array): void {
    this.#hash.update(data);
  }

  digest(): Promise<Uint8Array> {
    return Promise.resolve(this.#hash.digest());
  }

  reset(): void {
    throw new Error("a hash is used once");
  }
}

const longestSkewMs = 5 * 60_000;

/** What AWS says of a request's signature; undefined for one that is right. */
export async function signatureFault(
  request: ApiRequest,
  keys: AwsKeys,
  region: string,
  service = "bedrock",
): Promise<{ readonly type: string; readonly message: string } | undefined> {
  const { method, path, headers, body } = request;
  const given = headers.authorization;
  if (given === undefined) return { type: "MissingAuthenticationTokenException", message: "Missing Authentication Token" };
  const [, id, signedNames = ""] = /^AWS4-HMAC-SHA256 Credential=([^/]+)\/[^,]+, SignedHeaders=([^,]+), Signature=/.exec(given) ?? [];
  if (id === undefined) return { type: "IncompleteSignatureException", message: "Authorization header is not as it must be." };
  if (id !== keys.accessKeyId)
    return { type: "UnrecognizedClientException", message: "The security token included in the request is invalid." };
  const [, y, mo, d, h, mi, s] = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/.exec(String(headers["x-amz-date"])) ?? [];
  const date = new Date(`${y}-${mo}-${d}T${h}:${mi}:${s}Z`);
  if (!(Math.abs(date.getTime() - Date.now()) <= longestSkewMs)) return { type: "InvalidSignatureException", message: "Signature expired" };
  if (keys.sessionToken !== undefined && headers["x-amz-security-token"] !== keys.sessionToken) {
    return { type: "ExpiredTokenException", message: "The security token included in the request is expired" };
  }
  const names = signedNames.split(";");
  if (!names.includes("host"))
    return { type: "InvalidSignatureException", message: "'Host' must be a 'SignedHeader' in the AWS Authorization." };
  const signer = new SignatureV4({
    service,
    region,
    credentials: keys,
    sha256: Sha256,
    uriEscapePath: true,
    applyChecksum: names.includes("x-amz-content-sha256"),
  });
  const signed = await signer.sign(
    {
      method,
      protocol: "http:",
      hostname: "",
      path,
      query: {},
      headers: Object.fromEntries(names.map((name) => [name, String(headers[name] ?? "")])),
      body,
    },
    { signingDate: date, signableHeaders: new Set(names) },
  );
  return signed.headers["authorization"] === given
    ? undefined
    : { type: "InvalidSignatureException", message: "The request signature we calculated does not match the signature you provided." };
}
