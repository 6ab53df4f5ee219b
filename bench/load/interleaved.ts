import { checkAnswer, HttpConnection, httpRequest } from "./http-connection.ts";
import type { InterleavedJob, InterleavedResult } from "./jobs.ts";

/** Calls before those that count. */
const warmUpCalls = 20;

export async function interleaved({ endpoints, body, calls }: InterleavedJob): Promise<InterleavedResult> {
  const lines = await Promise.all(
    endpoints.map(async (endpoint) => ({
      connection: await HttpConnection.open(endpoint),
      request: httpRequest(endpoint, body),
      tookMs: new Float64Array(calls),
    })),
  );
  for (let call = -warmUpCalls; call < calls; call++) {
    for (const { connection, request, tookMs } of lines) {
      const answer = await connection.exchange(request);
      checkAnswer(answer, 1);
      if (call >= 0) tookMs[call] = answer.tookMs;
    }
  }
  for (const { connection } of lines) connection.close();
  return { tookMs: lines.map(({ tookMs }) => tookMs) };
}
