import { ask } from "../../support/http-client.ts";
import { readRoute, type Answer } from "./answer.ts";
import type { Mode } from "./dimensions.ts";

/** What the caller reads of a message, of an event, or of an error. */
interface Told {
  readonly type: string;
  readonly model?: string;
  readonly message?: { readonly model: string };
  readonly content?: readonly { readonly text?: string }[];
  readonly delta?: { readonly text?: string };
  readonly error?: { readonly type: string };
}

/** A caller of Anthropic's Messages, by plain HTTP/1.1, on a connection of its own. */
export async function askByMessages(port: number, model: string, mode: Mode): Promise<Answer> {
  const stream = mode === "stream";
  const body = JSON.stringify({ model, max_tokens: 100, messages: [{ role: "user", content: "go" }], ...(stream ? { stream } : {}) });
  const headers = { "content-type": "application/json", "anthropic-version": "2023-06-01" };
  const answer = await ask(port, "http1", { method: "POST", path: "/v1/messages", headers, body });
  const header = (name: string): string | undefined => answer.headers[name]?.toString();
  const isStream = header("content-type")?.startsWith("text/event-stream") === true;
  const told = (isStream ? eventsOf(answer.text) : [answer.text]).map((text) => JSON.parse(text) as Told);
  const error = told.find((one) => one.error !== undefined)?.error;
  const retryAfter = header("retry-after");
  return {
    status: answer.status,
    code: error?.type,
    retryAfterSeconds: retryAfter === undefined ? undefined : Number(retryAfter),
    text: told.map(({ content, delta }) => content?.map(({ text }) => text ?? "").join("") ?? delta?.text ?? "").join(""),
    model: told.map(({ model: named, message }) => named ?? message?.model).find((name) => name !== undefined),
    ends: isStream ? told.filter(({ type }) => type === "message_stop").length : Number(error === undefined),
    route: readRoute(header),
  };
}

/** The data of a stream's events, each of which has its own name. Nothing may come after the last event's blank line. */
function eventsOf(text: string): string[] {
  const events = text.split("\n\n");
  if (events.pop() !== "") throw new Error(`the stream stops within an event: ${text.slice(-200)}`);
  return events.map((event) => {
    const [, name, data = ""] = /^event: (\S+)\ndata: (.*)$/.exec(event) ?? [];
    if (name !== (JSON.parse(data) as Told).type) throw new Error(`an event of another name than it has: ${event}`);
    return data;
  });
}
