/** A provider that fails in all ways by turns: 500, 429, an answer that breaks off, a connection that is hung up. Prints where it listens. */
import { createServer, type ServerResponse } from "node:http";

const failures: readonly ((response: ServerResponse) => void)[] = [
  (response) => response.writeHead(500, { "content-type": "application/json" }).end('{"error":{"message":"Something broke."}}'),
  (response) => response.writeHead(429, { "content-type": "application/json" }).end('{"error":{"message":"Slow down."}}'),
  (response) => {
    response.writeHead(200, { "content-type": "application/json", "content-length": "1000" }).write('{"id":');
    setImmediate(() => response.destroy());
  },
  (response) => response.destroy(),
];

let turn = 0;
const server = createServer((request, response) => {
  request.resume();
  request.on("error", () => {});
  request.on("end", () => failures[turn++ % failures.length]?.(response));
});
server.listen(0, "127.0.0.1", () => {
  const address = server.address();
  if (typeof address === "object" && address !== null) process.stdout.write(`http://127.0.0.1:${address.port}\n`);
});
process.on("SIGTERM", () => process.exit(0));
