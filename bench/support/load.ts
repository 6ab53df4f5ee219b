import { Pool } from "undici";

/** One kind of request, sent many times. */
export interface Lane {
  readonly name: string;
  readonly body: string;
  /** Content chunks that each answer must have; 0: not a stream. */
  readonly chunks: number;
}

export function chatBody(promptBytes: number, stream: boolean): string {
  return JSON.stringify({ model: "bench-group", stream, messages: [{ role: "user", content: "x".repeat(promptBytes) }] });
}

export function createClient(origin: string, connections: number): Pool {
  return new Pool(origin, { connections });
}

/** One request; throws when the answer is not what it must be. Returns its time in ms. */
export async function once(client: Pool, lane: Lane): Promise<number> {
  const begun = performance.now();
  const reply = await client.request({
    method: "POST",
    path: "/v1/chat/completions",
    headers: { "content-type": "application/json" },
    body: lane.body,
  });
  const text = await reply.body.text();
  if (reply.statusCode !== 200) throw new Error(`status ${reply.statusCode}: ${text.slice(0, 300)}`);
  if (lane.chunks > 0 && text.split('"content":"word').length - 1 !== lane.chunks) throw new Error("a stream has lost chunks");
  return performance.now() - begun;
}

/** `count` requests, `concurrency` of them at a time. */
export async function many(client: Pool, lane: Lane, count: number, concurrency: number): Promise<void> {
  let left = count;
  const worker = async (): Promise<void> => {
    while (left-- > 0) await once(client, lane);
  };
  await Promise.all(Array.from({ length: concurrency }, worker));
}
