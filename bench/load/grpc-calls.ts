import { connect, type ClientHttp2Session, type ClientHttp2Stream } from "node:http2";
import { once } from "node:events";
import { grpcFrame, GrpcFrameReader } from "../support/grpc-frames.ts";
import { contentWord } from "../support/canned-reply.ts";
import type { GrpcJob, Work } from "./jobs.ts";
import { metered } from "./metered.ts";

/** Flow control is no part of what is measured. */
const windowBytes = 16 * 1_024 * 1_024;

export async function grpcCalls({ port, path, message, connections, concurrency, durationMs, messages, pid }: GrpcJob): Promise<Work> {
  const frame = grpcFrame(message);
  const sessions = await Promise.all(Array.from({ length: connections }, () => openSession(port)));
  const callers = Array.from({ length: concurrency }, (_, index) => sessions[index % sessions.length]!);
  try {
    await Promise.all(callers.map((session) => call(session, path, frame, messages)));
    return await metered(pid, async () => {
      const until = performance.now() + durationMs;
      let count = 0;
      await Promise.all(
        callers.map(async (session) => {
          do {
            await call(session, path, frame, messages);
            count++;
          } while (performance.now() < until);
        }),
      );
      return count;
    });
  } finally {
    for (const session of sessions) session.destroy();
  }
}

/** A connection that calls share. */
export async function openSession(port: number): Promise<ClientHttp2Session> {
  const session = connect(`http://127.0.0.1:${port}`, { settings: { initialWindowSize: windowBytes, enablePush: false } });
  await once(session, "connect");
  session.setLocalWindowSize(windowBytes);
  session.on("error", () => {});
  return session;
}

/** Begins a call, whose message is still to be sent. */
export function beginCall(session: ClientHttp2Session, path: string): ClientHttp2Stream {
  return session.request({
    ":method": "POST",
    ":path": path,
    "content-type": "application/grpc+proto",
    te: "trailers",
    "grpc-timeout": "60S",
  });
}

/** Rejects unless the status is OK and the messages are all there. */
export function call(session: ClientHttp2Session, path: string, frame: Buffer, expected: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const stream = beginCall(session, path);
    let received = 0;
    let status: unknown = "none";
    const reader = new GrpcFrameReader((message) => {
      if (message.includes(contentWord)) received++;
    });
    stream.on("data", (data: Buffer) => reader.push(data));
    stream.on("response", (headers) => (status = headers["grpc-status"] ?? status));
    stream.on("trailers", (trailers) => (status = trailers["grpc-status"] ?? status));
    stream.on("error", reject);
    stream.on("close", () => {
      if (status === "0" && received === expected) resolve();
      else reject(new Error(`gRPC status ${String(status)} with ${received} messages; expected 0 with ${expected}`));
    });
    stream.end(frame);
  });
}
