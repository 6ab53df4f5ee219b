/** A provider that costs as little as possible: the same canned completion for every request, streamed when asked. */
import { createServer } from "node:http";

const words = Array.from({ length: 64 }, (_, index) => `word${index} `);
const usage = { prompt_tokens: 12, completion_tokens: 64, total_tokens: 76 };
const message = { role: "assistant", content: words.join("") };
const reply = Buffer.from(
  JSON.stringify({
    id: "chatcmpl-bench",
    object: "chat.completion",
    created: 1_700_000_000,
    model: "bench",
    choices: [{ index: 0, message, finish_reason: "stop" }],
    usage,
  }),
);
const chunk = (delta: object, finish: string | null): string =>
  `data: ${JSON.stringify({ id: "chatcmpl-bench", object: "chat.completion.chunk", created: 1_700_000_000, model: "bench", choices: [{ index: 0, delta, finish_reason: finish }] })}\n\n`;
const events = [
  chunk({ role: "assistant", content: "" }, null),
  ...words.map((content) => chunk({ content }, null)),
  chunk({}, "stop"),
  "data: [DONE]\n\n",
];

const server = createServer((request, response) => {
  let streaming = false;
  request.on("data", (data: Buffer) => {
    if (data.includes('"stream":true')) streaming = true;
  });
  request.on("end", () => {
    if (!streaming) {
      response.writeHead(200, { "content-type": "application/json", "content-length": reply.length });
      response.end(reply);
      return;
    }
    response.writeHead(200, { "content-type": "text/event-stream" });
    for (const event of events) response.write(event);
    response.end();
  });
});
server.listen(0, "127.0.0.1", () => {
  const address = server.address();
  if (typeof address === "object" && address !== null) process.stdout.write(`http://127.0.0.1:${address.port}\n`);
});
process.on("SIGTERM", () => process.exit(0));
