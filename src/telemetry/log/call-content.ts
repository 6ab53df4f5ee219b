import type { Call } from "../../core/call.ts";
import type { StreamEvent } from "../../core/provider.ts";
import { cutText } from "../../lib/cut-text.ts";

/** Characters of a request or a reply that are kept: enough to see what a call was about. */
const longestText = 4_000;

/** Collects what a call asked and what was answered, shortened, for a log that was configured to hold it. */
export class CallContent {
  readonly #call: Call;
  #reply = "";
  #cut = false;

  constructor(call: Call) {
    this.#call = call;
  }

  /** Adds the body of a unary reply. */
  addReply(body: Buffer): void {
    this.#add(textOf(parse(body)));
  }

  /** Adds an event of a stream. */
  addEvent(event: StreamEvent): void {
    if (event.kind === "content" && event.data !== undefined && !this.#cut) this.#add(textOf(parse(event.data)));
  }

  /** The request's messages (or prompt, or input) as JSON. Undefined when it has none. */
  request(): string | undefined {
    const body = parse(this.#call.body.bytes);
    const asked = member(body, "messages") ?? member(body, "prompt") ?? member(body, "input");
    return asked === undefined ? undefined : shortened(JSON.stringify(asked));
  }

  /** The answer's text so far. Undefined when there was none. */
  reply(): string | undefined {
    if (this.#reply === "") return undefined;
    return this.#cut ? `${this.#reply}…` : this.#reply;
  }

  #add(text: string): void {
    const room = longestText - this.#reply.length;
    this.#cut ||= text.length > room;
    this.#reply += cutText(text, room);
  }
}

/** Takes the text of all choices from a whole reply or a chunk. Embeddings have none. */
function textOf(body: unknown): string {
  const choices = member(body, "choices");
  if (!Array.isArray(choices)) return "";
  return choices.map((choice: unknown) => choiceText(choice)).join("");
}

function choiceText(choice: unknown): string {
  const message = member(choice, "message") ?? member(choice, "delta");
  const text = member(message, "content") ?? member(choice, "text");
  if (typeof text === "string") return text;
  const calls = member(message, "tool_calls");
  return calls === undefined || calls === null ? "" : JSON.stringify(calls);
}

function member(value: unknown, key: string): unknown {
  return typeof value === "object" && value !== null ? (value as Readonly<Record<string, unknown>>)[key] : undefined;
}

function parse(bytes: Buffer): unknown {
  try {
    return JSON.parse(bytes.toString());
  } catch {
    return undefined;
  }
}

function shortened(text: string): string {
  return text.length <= longestText ? text : `${cutText(text, longestText)}…`;
}
