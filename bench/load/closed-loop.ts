import { checkAnswer, httpRequest, openConnections } from "./http-connection.ts";
import type { ClosedLoopJob, Work } from "./jobs.ts";
import { metered } from "./metered.ts";

export async function closedLoop({ endpoint, body, concurrency, durationMs, chunks, pid }: ClosedLoopJob): Promise<Work> {
  const request = httpRequest(endpoint, body);
  const connections = await openConnections(endpoint, concurrency);
  try {
    // Connecting is not what is measured: each has been used once before.
    await Promise.all(connections.map(async (connection) => checkAnswer(await connection.exchange(request), chunks)));
    return await metered(pid, async () => {
      const until = performance.now() + durationMs;
      let count = 0;
      await Promise.all(
        connections.map(async (connection) => {
          do {
            checkAnswer(await connection.exchange(request), chunks);
            count++;
          } while (performance.now() < until);
        }),
      );
      return count;
    });
  } finally {
    for (const connection of connections) connection.close();
  }
}
