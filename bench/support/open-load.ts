import { setTimeout as sleep } from "node:timers/promises";
import { Pool } from "undici";

/** One request as its caller saw it. */
export interface Sample {
  /** When it was due, in milliseconds since the first one. */
  readonly dueMs: number;
  /** From when it was due to its last byte. */
  readonly tookMs: number;
  /** undefined: a good answer. */
  readonly error: string | undefined;
}

/**
 * Sends requests at a steady rate whatever becomes of the earlier ones, as independent callers do: a slow answer holds back nobody,
 * and its whole wait is counted.
 * @param onProgress Told before each request how many were sent.
 */
export async function openLoad(
  origin: string,
  request: { readonly path: string; readonly body: string },
  count: number,
  perSecond: number,
  onProgress: (sent: number) => Promise<void> | void,
): Promise<readonly Sample[]> {
  const client = new Pool(origin, { connections: 512 });
  const samples: Promise<Sample>[] = [];
  const begunAt = performance.now();
  for (let sent = 0; sent < count; sent++) {
    const dueMs = (sent * 1_000) / perSecond;
    const waitMs = begunAt + dueMs - performance.now();
    if (waitMs > 0) await sleep(waitMs);
    void onProgress(sent);
    samples.push(send(client, request, begunAt, dueMs));
  }
  const results = await Promise.all(samples);
  await client.close();
  return results;
}

async function send(
  client: Pool,
  request: { readonly path: string; readonly body: string },
  begunAt: number,
  dueMs: number,
): Promise<Sample> {
  const error = await outcome(client, request);
  return { dueMs, tookMs: performance.now() - begunAt - dueMs, error };
}

async function outcome(client: Pool, { path, body }: { readonly path: string; readonly body: string }): Promise<string | undefined> {
  try {
    const reply = await client.request({ method: "POST", path, headers: { "content-type": "application/json" }, body });
    const text = await reply.body.text();
    return reply.statusCode === 200 ? undefined : `${reply.statusCode}: ${text.slice(0, 200)}`;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}
