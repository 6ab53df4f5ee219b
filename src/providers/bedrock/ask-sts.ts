import { RouterError } from "../../core/errors.ts";
import type { UpstreamRequest } from "../../core/upstream.ts";
import type { ApiBase } from "../../formats/kit/host-params.ts";
import type { Renewed } from "../credentials/credential-store.ts";
import { type AwsKeys, fixedKeys } from "./aws-keys.ts";
import { SigV4Signer } from "./sigv4-signer.ts";

/** Where AWS's service of tokens is. */
export interface StsPlace {
  readonly base: ApiBase;
  readonly region: string;
}

/** The parameters of a request to it, by AWS's names. */
export type StsParameters = Readonly<Record<string, string | undefined>>;

/** A role's keys hold for as long. Roles may allow more; chained ones never do. */
const sessionSeconds = 3600;
const answerMs = 20_000;
/** Bytes. Its answers have some 2 KB. */
const longestAnswer = 65_536;

/**
 * Asks AWS's service of tokens for the keys of a role.
 * @param signing What the request is signed with; undefined for one that a token vouches for.
 * @throws RouterError that says why there are none.
 */
export async function askSts(
  place: StsPlace,
  parameters: StsParameters,
  signing: AwsKeys | undefined,
  wallTime: () => number,
): Promise<Renewed<AwsKeys>> {
  const form = new URLSearchParams({ Version: "2011-06-15", DurationSeconds: String(sessionSeconds) });
  for (const [name, value] of Object.entries(parameters)) if (value !== undefined) form.set(name, value);
  const request: UpstreamRequest = {
    method: "POST",
    origin: place.base.origin,
    path: `${place.base.path}/${place.base.query}`,
    headers: { "content-type": "application/x-www-form-urlencoded; charset=utf-8", "user-agent": "huntgroup" },
    body: [Buffer.from(form.toString())],
  };
  const scope = { region: place.region, service: "sts" };
  const signed = signing === undefined ? request : new SigV4Signer(fixedKeys(signing), scope, wallTime).sign(request);
  if (signed instanceof RouterError) throw signed;
  const { status, text } = await send(signed);
  if (status !== 200) {
    const code = status >= 500 || status === 429 ? "upstream_unreachable" : "upstream_auth";
    throw new RouterError(
      code,
      `${place.base.origin} answered ${status} ${element(text, "Code") ?? ""}: ${element(text, "Message") ?? "no reason"}`,
    );
  }
  return keysIn(text, place);
}

async function send({ origin, path, headers, body }: UpstreamRequest): Promise<{ readonly status: number; readonly text: string }> {
  try {
    const response = await fetch(origin + path, {
      method: "POST",
      headers,
      body: Buffer.concat(body),
      redirect: "error",
      signal: AbortSignal.timeout(answerMs),
    });
    return { status: response.status, text: await readText(response) };
  } catch (cause) {
    const reason = cause instanceof Error && cause.cause instanceof Error ? cause.cause.message : String(cause);
    throw new RouterError("upstream_unreachable", `${origin} could not be asked: ${reason}`);
  }
}

async function readText(response: Response): Promise<string> {
  const pieces: Uint8Array[] = [];
  let length = 0;
  for await (const piece of response.body ?? []) {
    length += piece.length;
    if (length > longestAnswer) throw new Error("its answer is too long");
    pieces.push(piece);
  }
  return Buffer.concat(pieces).toString("utf8");
}

function keysIn(xml: string, { base }: StsPlace): Renewed<AwsKeys> {
  const accessKeyId = element(xml, "AccessKeyId");
  const secretAccessKey = element(xml, "SecretAccessKey");
  const sessionToken = element(xml, "SessionToken");
  const expiresAt = Date.parse(element(xml, "Expiration") ?? "");
  if (accessKeyId === undefined || secretAccessKey === undefined || sessionToken === undefined || Number.isNaN(expiresAt)) {
    throw new RouterError("upstream_malformed", `${base.origin} answered without keys`);
  }
  return { value: { accessKeyId, secretAccessKey, sessionToken }, expiresAt };
}

const entities: Readonly<Record<string, string>> = { amp: "&", lt: "<", gt: ">", quot: '"', apos: "'" };

/** The text of the first element of a name. */
function element(xml: string, name: string): string | undefined {
  const text = new RegExp(`<${name}>([^<]*)</${name}>`).exec(xml)?.[1]?.trim();
  return text?.replaceAll(/&(amp|lt|gt|quot|apos);/g, (_all, entity: string) => entities[entity] ?? "");
}
