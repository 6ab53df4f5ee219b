import { createHash } from "node:crypto";
import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from "node:http";
import { createServer as createHttp2Server, type Http2ServerRequest } from "node:http2";
import type { AddressInfo } from "node:net";
import { buffer } from "node:stream/consumers";
import type { UpstreamRequest } from "../../../src/core/upstream.ts";
import { officialSignature, type SigningPair } from "./support.ts";

/** A request as a host of AWS's got it. */
export interface HeardRequest {
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

export interface FakeAnswer {
  readonly status: number;
  readonly type?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body: string | Buffer;
}

/** A host of AWS's on this machine. */
export interface FakeAws {
  readonly origin: string;
  readonly heard: readonly HeardRequest[];
  close(): Promise<void>;
}

/** @param http2 Whether it speaks HTTP/2 alone, as AWS's own client does with Bedrock. */
export async function listenAsAws(
  answer: (request: HeardRequest, origin: string) => Promise<FakeAnswer> | FakeAnswer,
  { http2 = false } = {},
): Promise<FakeAws> {
  const heard: HeardRequest[] = [];
  let origin = "";
  const respond = async (request: IncomingMessage | Http2ServerRequest, response: ServerResponse): Promise<void> => {
    const told: HeardRequest = { path: request.url ?? "", headers: request.headers, body: await buffer(request) };
    heard.push(told);
    const { status, type = "application/json", headers = {}, body } = await answer(told, origin);
    response.writeHead(status, { "content-type": type, ...headers });
    response.end(body);
  };
  const server = http2
    ? createHttp2Server((request, response) => void respond(request, response as unknown as ServerResponse))
    : createServer((request, response) => void respond(request, response));
  await new Promise<void>((resolve) => {
    server.listen(0, "127.0.0.1", resolve);
  });
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    origin,
    heard,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        if ("closeAllConnections" in server) server.closeAllConnections();
      }),
  };
}

/** What a host that checks signatures knows. */
export interface KnownKeys {
  readonly region: string;
  readonly service: string;
  readonly keys: readonly SigningPair[];
  /** Milliseconds since the Unix epoch. */
  readonly wallTime: () => number;
}

const longestAgeMs = 5 * 60_000;

/**
 * Checks a request as AWS does, by its own signer.
 * @returns What is wrong with it, in AWS's words; undefined for nothing.
 */
export async function faultOf(
  { path, headers, body }: HeardRequest,
  origin: string,
  { region, service, keys, wallTime }: KnownKeys,
): Promise<{ readonly type: string; readonly message: string } | undefined> {
  const authorization = headers.authorization ?? "";
  const [, id, names] = /^AWS4-HMAC-SHA256 Credential=([^/]+)\/\S+, SignedHeaders=([^,]+), Signature=/.exec(authorization) ?? [];
  if (id === undefined || names === undefined)
    return { type: "MissingAuthenticationTokenException", message: "Missing Authentication Token" };
  const pair = keys.find((one) => one.accessKeyId === id);
  if (pair === undefined || headers["x-amz-security-token"] !== pair.sessionToken) {
    return { type: "UnrecognizedClientException", message: "The security token included in the request is invalid." };
  }
  const date = dateOf(String(headers["x-amz-date"]));
  if (Math.abs(date.getTime() - wallTime()) > longestAgeMs) {
    return { type: "InvalidSignatureException", message: `Signature expired: ${date.toISOString()} is now earlier than it may be` };
  }
  const claimed = headers["x-amz-content-sha256"];
  if (claimed !== undefined && claimed !== createHash("sha256").update(body).digest("hex")) {
    return { type: "InvalidSignatureException", message: "The provided 'x-amz-content-sha256' header does not match what was computed." };
  }
  const signed = Object.fromEntries(names.split(";").map((name) => [name, String(headers[name])]));
  const request: UpstreamRequest = { method: "POST", origin, path, headers: signed, body: [body] };
  const expected = await officialSignature(request, { region, service, keys: pair, date });
  if (expected === authorization) return undefined;
  return {
    type: "InvalidSignatureException",
    message: `The request signature we calculated does not match the signature you provided. The Canonical String for this request should have been 'x-amz-security-token:${pair.sessionToken ?? ""}'`,
  };
}

function dateOf(text: string): Date {
  return new Date(text.replace(/^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/, "$1-$2-$3T$4:$5:$6Z"));
}

/** What AWS's service of tokens answers. */
export function stsAnswer(action: string, { accessKeyId, secretAccessKey, sessionToken = "" }: SigningPair, expiresAt: number): FakeAnswer {
  const expiration = new Date(expiresAt).toISOString();
  return {
    status: 200,
    type: "text/xml",
    body: `<${action}Response xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><${action}Result><AssumedRoleUser><Arn>arn:aws:sts::1:assumed-role/r/s</Arn></AssumedRoleUser><Credentials><AccessKeyId>${accessKeyId}</AccessKeyId><SecretAccessKey>${secretAccessKey}</SecretAccessKey><SessionToken>${sessionToken}</SessionToken><Expiration>${expiration}</Expiration></Credentials></${action}Result></${action}Response>`,
  };
}

export function stsRefusal(code: string, message: string): FakeAnswer {
  const body = `<ErrorResponse><Error><Type>Sender</Type><Code>${code}</Code><Message>${message}</Message></Error></ErrorResponse>`;
  return { status: 403, type: "text/xml", body };
}
