import type { UniversalServerRequest, UniversalServerResponse } from "@connectrpc/connect/protocol";

/** gRPC-Web in base64, for clients in browsers that cannot read bytes: `application/grpc-web-text`, with or without `+proto`. */
const textType = /^application\/grpc-web-text(?=[+;\s]|$)/i;

/** Whether a request is in base64. */
export function isGrpcWebText(header: Headers): boolean {
  return textType.test(header.get("content-type") ?? "");
}

/** The request as the gRPC-Web that the library knows. @param body The request's own. */
export function fromGrpcWebText(request: UniversalServerRequest, body: AsyncIterable<Uint8Array>): UniversalServerRequest {
  const header = new Headers(request.header);
  header.set("content-type", (header.get("content-type") ?? "").replace(textType, "application/grpc-web"));
  header.delete("content-length");
  return { ...request, header, body: decoded(body) };
}

/** The answer to such a request in base64. */
export function toGrpcWebText(response: UniversalServerResponse): UniversalServerResponse {
  const { header, body } = response;
  const type = header?.get("content-type");
  if (!type?.startsWith("application/grpc-web") || body === undefined || body === null) return response;
  const text = new Headers(header);
  text.set("content-type", type.replace("application/grpc-web", "application/grpc-web-text"));
  return { ...response, header: text, body: encoded(body) };
}

/** Each group of four characters is decoded as it comes. Padding may stand between parts that were encoded apart. */
async function* decoded(body: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  let rest = "";
  for await (const chunk of body) {
    const text = rest + Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength).toString("latin1").replace(/\s/g, "");
    const whole = text.length - (text.length % 4);
    rest = text.slice(whole);
    yield decodedParts(text.slice(0, whole));
  }
  if (rest !== "") yield Buffer.from(rest, "base64");
}

/** All parts in one piece: one for each would cost more memory than it holds. @param text Of whole groups. */
function decodedParts(text: string): Buffer {
  const bytes = Buffer.allocUnsafe((text.length / 4) * 3);
  let used = 0;
  for (const [part] of text.matchAll(/[^=]+={0,2}/g)) used += bytes.write(part, used, "base64");
  return bytes.subarray(0, used);
}

async function* encoded(body: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  for await (const chunk of body) yield Buffer.from(Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength).toString("base64"));
}
