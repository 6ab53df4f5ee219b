import { chatBody, chatMessage } from "../support/chat-request.ts";
import { grpcFrame } from "../support/grpc-frames.ts";
import { call, openSession } from "./grpc-calls.ts";
import { checkAnswer, httpRequest, openConnections } from "./http-connection.ts";
import type { LargeAmongSmallJob, LargeAmongSmallResult } from "./jobs.ts";

const smallBytes = 250;
const smallCallers = 3;

/** Every answer must be right. */
export async function largeAmongSmall(job: LargeAmongSmallJob): Promise<LargeAmongSmallResult> {
  const asked = job.grpcPath === undefined ? await overRest(job) : await overGrpc(job, job.grpcPath);
  const { callers } = asked;
  const counts = callers.map(() => 0);
  const until = performance.now() + job.durationMs;
  try {
    await Promise.all(
      callers.map(async (ask, index) => {
        do {
          await ask();
          counts[index] = (counts[index] ?? 0) + 1;
        } while (performance.now() < until);
      }),
    );
  } finally {
    asked.close();
  }
  const [large = 0, ...small] = counts;
  return { large, small: small.reduce((sum, count) => sum + count, 0) };
}

interface Callers {
  /** The first one's requests are large. */
  readonly callers: readonly (() => Promise<void>)[];
  close(): void;
}

async function overRest({ endpoint, largeBytes }: LargeAmongSmallJob): Promise<Callers> {
  const [large, small] = [largeBytes, smallBytes].map((bytes) => httpRequest(endpoint, chatBody(bytes)));
  const connections = await openConnections(endpoint, 1 + smallCallers);
  return {
    callers: connections.map((connection, index) => async () => {
      checkAnswer(await connection.exchange((index === 0 ? large : small)!), 1);
    }),
    close() {
      for (const connection of connections) connection.close();
    },
  };
}

async function overGrpc({ endpoint, largeBytes }: LargeAmongSmallJob, path: string): Promise<Callers> {
  const [large, small] = [largeBytes, smallBytes].map((bytes) => grpcFrame(chatMessage(bytes)));
  const sessions = await Promise.all(Array.from({ length: 1 + smallCallers }, () => openSession(endpoint.port)));
  return {
    callers: sessions.map((session, index) => () => call(session, path, (index === 0 ? large : small)!, 1)),
    close() {
      for (const session of sessions) session.destroy();
    },
  };
}
