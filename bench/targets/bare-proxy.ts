/**
 * The baseline: what a proxy of node:http and undici costs that reads the request, parses it, sends it on with another model name,
 * and gives back the reply with the caller's, without any routing. Streams are passed on byte for byte.
 */
import { createServer } from "node:http";
import { Pool } from "undici";

const upstream = new Pool(process.env["UPSTREAM"] ?? "http://127.0.0.1:1", { connections: 256 });

interface Body {
  model: string;
  stream?: boolean;
}

const server = createServer((request, response) => {
  const chunks: Buffer[] = [];
  request.on("data", (chunk: Buffer) => chunks.push(chunk));
  const forward = async (): Promise<void> => {
    const body = JSON.parse(Buffer.concat(chunks).toString()) as Body;
    const { model } = body;
    body.model = "bench";
    const reply = await upstream.request({
      method: "POST",
      path: "/v1/chat/completions",
      headers: { "content-type": "application/json", authorization: "Bearer x" },
      body: JSON.stringify(body),
    });
    if (body.stream === true) {
      response.writeHead(reply.statusCode, { "content-type": "text/event-stream" });
      reply.body.on("data", (chunk: Buffer) => response.write(chunk));
      reply.body.on("end", () => response.end());
      return;
    }
    const parsed = JSON.parse(await reply.body.text()) as Body;
    parsed.model = model;
    const text = JSON.stringify(parsed);
    response.writeHead(reply.statusCode, { "content-type": "application/json", "content-length": Buffer.byteLength(text) });
    response.end(text);
  };
  request.on("end", () => void forward());
});
server.listen(0, "127.0.0.1", () => {
  const address = server.address();
  if (typeof address === "object" && address !== null) process.stdout.write(`http://127.0.0.1:${address.port}\n`);
});
process.on("SIGTERM", () => process.exit(0));
