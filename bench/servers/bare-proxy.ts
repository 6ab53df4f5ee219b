/**
 * The baseline: what a proxy of node:http and undici costs that reads a request, sends it on and gives back the reply, without any routing.
 * With `PARSE=1` it parses the request, sends it on with another model name, and gives back the reply with the caller's; streams it passes on
 * byte for byte either way.
 */
import { createServer, type IncomingMessage, type OutgoingHttpHeaders, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { Pool, type Dispatcher } from "undici";

const parses = process.env["PARSE"] === "1";
const upstream = new Pool(`http://127.0.0.1:${process.env["UPSTREAM_PORT"] ?? ""}`, { keepAliveTimeout: 30_000 });

interface Body {
  model: string;
  stream?: boolean;
}

async function forwardJson(chunks: readonly Buffer[], response: ServerResponse): Promise<void> {
  const body = JSON.parse(Buffer.concat(chunks).toString()) as Body;
  const { model } = body;
  body.model = "bench";
  const reply = await ask(JSON.stringify(body));
  if (body.stream === true) {
    passOn(reply, response);
    return;
  }
  const parsed = JSON.parse(await reply.body.text()) as Body;
  parsed.model = model;
  const text = JSON.stringify(parsed);
  response.writeHead(reply.statusCode, { "content-type": "application/json", "content-length": Buffer.byteLength(text) });
  response.end(text);
}

async function forwardBytes(chunks: readonly Buffer[], response: ServerResponse): Promise<void> {
  const [only = Buffer.alloc(0), ...rest] = chunks;
  passOn(await ask(rest.length === 0 ? only : Buffer.concat(chunks)), response);
}

function ask(body: string | Buffer): Promise<Dispatcher.ResponseData> {
  const headers = { "content-type": "application/json", authorization: "Bearer x" };
  return upstream.request({ method: "POST", path: "/v1/chat/completions", headers, body });
}

function passOn(reply: Dispatcher.ResponseData, response: ServerResponse): void {
  const headers: OutgoingHttpHeaders = {};
  for (const name of ["content-type", "content-length"]) if (reply.headers[name] !== undefined) headers[name] = reply.headers[name];
  response.writeHead(reply.statusCode, headers);
  reply.body.on("data", (chunk: Buffer) => response.write(chunk));
  reply.body.on("end", () => response.end());
}

const forward = parses ? forwardJson : forwardBytes;

function serve(request: IncomingMessage, response: ServerResponse): void {
  const chunks: Buffer[] = [];
  request.on("data", (chunk: Buffer) => chunks.push(chunk));
  request.on("end", () => void forward(chunks, response));
}

const server = createServer(serve);
server.keepAliveTimeout = 60_000;
server.listen(0, "127.0.0.1", 4_096, () => process.stdout.write(`http://127.0.0.1:${(server.address() as AddressInfo).port}\n`));
process.on("SIGTERM", () => process.exit(0));
