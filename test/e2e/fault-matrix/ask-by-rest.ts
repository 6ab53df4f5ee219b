import { ask } from "../../support/http-client.ts";
import { readRoute, type Answer } from "./answer.ts";
import type { Mode } from "./dimensions.ts";

interface Chunk {
  readonly model?: string;
  readonly choices?: readonly { readonly message?: { readonly content?: string }; readonly delta?: { readonly content?: string } }[];
  readonly error?: { readonly code: string | null; readonly type: string };
}

/** A caller by plain HTTP/1.1, on a connection of its own. */
export async function askByRest(port: number, model: string, mode: Mode): Promise<Answer> {
  const stream = mode === "stream";
  const body = JSON.stringify({
    model,
    messages: [{ role: "user", content: "go" }],
    ...(stream ? { stream, stream_options: { include_usage: true } } : {}),
  });
  const headers = { "content-type": "application/json" };
  const answer = await ask(port, "http1", { method: "POST", path: "/v1/chat/completions", headers, body });
  const header = (name: string): string | undefined => answer.headers[name]?.toString();
  const isStream = header("content-type")?.startsWith("text/event-stream") === true;
  const data = isStream ? eventsOf(answer.text) : [answer.text];
  const chunks = data.filter((text) => text !== "[DONE]").map((text) => JSON.parse(text) as Chunk);
  const error = chunks.find((chunk) => chunk.error !== undefined)?.error;
  const retryAfter = header("retry-after");
  return {
    status: answer.status,
    // OpenAI's API has no code for a request that is simply wrong.
    code: error === undefined ? undefined : (error.code ?? error.type.replace(/_error$/, "")),
    retryAfterSeconds: retryAfter === undefined ? undefined : Number(retryAfter),
    text: chunks.map(({ choices }) => choices?.[0]?.message?.content ?? choices?.[0]?.delta?.content ?? "").join(""),
    model: chunks[0]?.model,
    ends: isStream ? data.filter((text) => text === "[DONE]").length : Number(error === undefined),
    route: readRoute(header),
  };
}

/** The data of a stream's events, comments left out. Nothing may come after the last event's blank line. */
function eventsOf(text: string): string[] {
  const events = text.split("\n\n");
  if (events.pop() !== "") throw new Error(`the stream stops within an event: ${text.slice(-200)}`);
  return events.filter((event) => !event.startsWith(":")).map((event) => event.slice("data: ".length));
}
