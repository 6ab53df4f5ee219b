import { connect, type Socket } from "node:net";
import { once } from "node:events";
import type { ClientHttp2Session } from "node:http2";
import { setTimeout as sleep } from "node:timers/promises";
import { residentBytes } from "../support/resident-memory.ts";
import { grpcFrame } from "../support/grpc-frames.ts";
import { beginCall, openSession } from "./grpc-calls.ts";
import { httpRequest } from "./http-connection.ts";
import type { IdleStreamsJob, IdleStreamsResult } from "./jobs.ts";

/** So many are begun at a time that no server's backlog overflows. */
const begunAtOnce = 100;

/** Streams that share one connection of HTTP/2: clients allow themselves about so many. */
const streamsEach = 100;

/** The garbage of ten thousand streams on a busy machine. */
const collectMs = 3_000;

/** Opens streams that have begun and then say nothing, and looks at the target's memory while they are open. */
export async function idleStreams(job: IdleStreamsJob): Promise<IdleStreamsResult> {
  const { pid, streams } = job;
  const before = residentBytes(pid);
  const opener = job.grpc === undefined ? overRest(job) : await overGrpc(job, job.grpc);
  try {
    let begun = 0;
    while (begun < streams) {
      const batch = Math.min(begunAtOnce, streams - begun);
      await Promise.all(Array.from({ length: batch }, () => opener.begin()));
      begun += batch;
    }
    const open = residentBytes(pid);
    process.kill(pid, "SIGUSR2");
    await sleep(collectMs);
    return { before, open, collected: residentBytes(pid) };
  } finally {
    opener.close();
  }
}

interface Opener {
  /** Resolves when the stream has its first bytes. */
  begin(): Promise<void>;
  close(): void;
}

function overRest({ endpoint, body }: IdleStreamsJob): Opener {
  const request = httpRequest(endpoint, body);
  const sockets: Socket[] = [];
  return {
    async begin() {
      const socket = connect(endpoint.port, endpoint.host);
      sockets.push(socket);
      socket.write(request);
      const [data] = (await once(socket, "data")) as [Buffer];
      if (!data.toString("latin1").startsWith("HTTP/1.1 200")) throw new Error(`not a stream: ${data.toString("utf8", 0, 200)}`);
      socket.resume();
    },
    close() {
      for (const socket of sockets) socket.destroy();
    },
  };
}

async function overGrpc({ endpoint, streams }: IdleStreamsJob, { path, message }: NonNullable<IdleStreamsJob["grpc"]>): Promise<Opener> {
  const frame = grpcFrame(message);
  const sessions: ClientHttp2Session[] = [];
  for (let index = 0; index < streams / streamsEach; index++) sessions.push(await openSession(endpoint.port));
  let next = 0;
  return {
    async begin() {
      const stream = beginCall(sessions[next++ % sessions.length]!, path);
      stream.end(frame);
      const ended = once(stream, "end").then(() => {
        throw new Error("the stream ended before its first message");
      });
      await Promise.race([once(stream, "data"), ended]);
      ended.catch(() => {});
      stream.resume();
    },
    close() {
      for (const session of sessions) session.destroy();
    },
  };
}
