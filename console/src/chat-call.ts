import { ConnectError, type Client } from "@connectrpc/connect";
import type { ChatService } from "../../gen/huntgroup/v1/chat_pb.ts";
import { milliseconds } from "./format.ts";

/** A message of the conversation. */
export interface ChatMessage {
  readonly role: "user" | "assistant";
  readonly text: string;
}

/** The route of a call, as its reply's headers tell it. */
export interface Route {
  readonly deployment: string;
  readonly group: string;
  readonly retries: number;
  readonly fallbacks: number;
  /** Milliseconds spent in the router. Undefined when the headers do not tell. */
  readonly overheadMs: number | undefined;
}

/** Hears of a streamed answer. */
export interface ChatListener {
  onRoute(route: Route): void;
  onText(text: string): void;
}

/** Streams one answer. Throws what the call fails with. The route is told before that, also for a call that failed. */
export async function streamChat(
  chat: Client<typeof ChatService>,
  model: string,
  messages: readonly ChatMessage[],
  signal: AbortSignal,
  listener: ChatListener,
): Promise<void> {
  const request = {
    model,
    messages: messages.map(({ role, text }) => ({ role, content: { kind: { case: "stringValue" as const, value: text } } })),
  };
  const tell = (headers: Headers): void => {
    const route = readRoute(headers);
    if (route !== undefined) listener.onRoute(route);
  };
  try {
    for await (const chunk of chat.chatCompletionStream(request, { signal, onHeader: tell })) {
      const delta = chunk.choices[0]?.delta;
      const text = delta?.content ?? delta?.refusal ?? "";
      if (text !== "") listener.onText(text);
    }
  } catch (error) {
    tell(ConnectError.from(error).metadata);
    throw error;
  }
}

/** Reads the route from a reply's headers. Undefined when they tell nothing. */
export function readRoute(headers: Headers): Route | undefined {
  const read = (name: string): string => decoded(headers.get(`x-huntgroup-${name}`) ?? "");
  const group = read("model-group");
  const deployment = read("model-id");
  if (group === "" && deployment === "") return undefined;
  const overhead = read("overhead-duration-ms");
  return {
    deployment,
    group,
    retries: Number(read("attempted-retries")),
    fallbacks: Number(read("attempted-fallbacks")),
    overheadMs: overhead === "" ? undefined : Number(overhead),
  };
}

/** Decodes a name: those beyond ASCII come percent-encoded. */
function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** Writes a route as `east of gpt-4, 1 retry, 0.4 ms in the router`. */
export function describeRoute({ deployment, group, retries, fallbacks, overheadMs }: Route): string {
  const parts = [
    `${deployment === "" ? "no deployment" : deployment} of ${group}`,
    ...(retries === 0 ? [] : [`${retries} ${retries === 1 ? "retry" : "retries"}`]),
    ...(fallbacks === 0 ? [] : [`${fallbacks} ${fallbacks === 1 ? "fallback" : "fallbacks"}`]),
    ...(overheadMs === undefined ? [] : [`${milliseconds(overheadMs)} in the router`]),
  ];
  return parts.join(", ");
}
