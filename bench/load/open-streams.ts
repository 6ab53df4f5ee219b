import { setTimeout as sleep } from "node:timers/promises";
import { httpRequest, openConnections, type Answer, type HttpConnection } from "./http-connection.ts";
import type { OpenStreamsJob, OpenStreamsResult } from "./jobs.ts";
import { metered } from "./metered.ts";

export async function openStreams(job: OpenStreamsJob): Promise<OpenStreamsResult> {
  const request = httpRequest(job.endpoint, job.body);
  const connections = await openConnections(job.endpoint, job.streams);
  const answers: Answer[] = [];
  const run = async (connection: HttpConnection): Promise<void> => {
    for (let stream = 0; stream < job.repeats; stream++) answers.push(await connection.exchange(request));
  };
  const work = await metered(job.pid, async () => {
    const begun = performance.now();
    const running: Promise<void>[] = [];
    for (const [index, connection] of connections.entries()) {
      const waitMs = begun + (index * job.rampMs) / job.streams - performance.now();
      if (waitMs >= 1) await sleep(waitMs);
      // A stream that breaks has lost its chunks, which are counted below.
      running.push(run(connection).catch(() => {}));
    }
    await Promise.all(running);
    return job.streams * job.repeats;
  });
  for (const connection of connections) connection.close();
  const whole = answers.filter(({ status }) => status === 200);
  const received = whole.reduce((sum, { chunks }) => sum + chunks, 0);
  return {
    ...work,
    firstChunkMs: Float64Array.from(whole.filter(({ chunks }) => chunks > 0).map(({ firstChunkMs }) => firstChunkMs)),
    largestGapMs: Math.max(0, ...whole.map(({ largestGapMs }) => largestGapMs)),
    lostChunks: work.count * job.chunks - received,
  };
}
