/**
 * Four providers behind one port, by path: `/fine/…` answers at once, `/slow/…` ten times slower, `/limited/…` with 429 and Retry-After,
 * `/hangs/…` never. `POST /heal` makes all of them like the first. `GET /hits` says when each was asked.
 *
 * `ANSWER_MS` is how long the good one takes, `RETRY_AFTER_S` what the limited one asks for.
 */
import { createServer, type ServerResponse } from "node:http";

const answerMs = Number(process.env["ANSWER_MS"] ?? 40);
const retryAfterSeconds = process.env["RETRY_AFTER_S"] ?? "2";

/** When each host was asked, in milliseconds since this process began. Whoever heals it learns the time on the same scale. */
const hits = new Map<string, number[]>();
let healed = false;

const reply = JSON.stringify({
  id: "chatcmpl-bench",
  object: "chat.completion",
  created: 1_700_000_000,
  model: "bench",
  choices: [{ index: 0, message: { role: "assistant", content: "Hello." }, finish_reason: "stop" }],
  usage: { prompt_tokens: 12, completion_tokens: 4, total_tokens: 16 },
});

function answer(response: ServerResponse, status: number, body: string, headers: Readonly<Record<string, string>> = {}): void {
  response.writeHead(status, { "content-type": "application/json", "content-length": Buffer.byteLength(body), ...headers });
  response.end(body);
}

function serve(host: string, response: ServerResponse): void {
  const at = performance.now();
  const times = hits.get(host);
  if (times === undefined) hits.set(host, [at]);
  else times.push(at);
  const kind = healed ? "fine" : host;
  if (kind === "hangs") return;
  if (kind === "limited") answer(response, 429, '{"error":{"message":"Slow down."}}', { "retry-after": retryAfterSeconds });
  else setTimeout(() => answer(response, 200, reply), kind === "slow" ? 10 * answerMs : answerMs);
}

const server = createServer((request, response) => {
  request.resume();
  request.on("end", () => {
    const host = request.url?.split("/")[1] ?? "";
    if (host === "hits") answer(response, 200, JSON.stringify(Object.fromEntries(hits)));
    else if (host === "heal") {
      healed = true;
      answer(response, 200, JSON.stringify({ healedAt: performance.now() }));
    } else serve(host, response);
  });
});
server.keepAliveTimeout = 60_000;
server.listen(0, "127.0.0.1", () => {
  const address = server.address();
  if (typeof address === "object" && address !== null) process.stdout.write(`http://127.0.0.1:${address.port}\n`);
});
process.on("SIGTERM", () => process.exit(0));
