import { STATUS_CODES } from "node:http";
import type { Duplex } from "node:stream";

/** Answers a request for WebSocket as any other request is refused, and ends the connection. @param body JSON. */
export function refuseUpgrade(
  socket: Duplex,
  status: number,
  body: string | Buffer,
  headers: Readonly<Record<string, string | number>> = {},
): void {
  if (!socket.writable) {
    socket.destroy();
    return;
  }
  const all = { "content-type": "application/json", "content-length": Buffer.byteLength(body), connection: "close", ...headers };
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`);
  socket.write(`HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ""}\r\n${lines.join("")}\r\n`);
  socket.end(body, () => socket.destroy());
}
