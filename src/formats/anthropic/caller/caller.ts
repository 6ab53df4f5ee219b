import type { CallerFormat, CallRoute } from "../../../core/format.ts";
import { anthropicFormat } from "./format-name.ts";
import { estimateTokens } from "./estimate-tokens.ts";
import { readMessagesCall } from "./read-call.ts";
import { MessageStreamWriter } from "./stream-writer.ts";
import { writeMessagesError } from "./write-error.ts";
import { writeMessage } from "./write-message.ts";

/** How callers speak Anthropic's Messages. What a deployment answers in this format passes as it came; of what it answers in OpenAI's, a message is made. */
export const anthropicCaller: CallerFormat = {
  format: anthropicFormat,
  findCall: (path) => paths.get(path),
  knownPaths: "POST /v1/messages and /v1/messages/count_tokens (or under /anthropic)",
  readCall: readMessagesCall,
  takesTogether: true,
  streamType: "text/event-stream; charset=utf-8",
  writeReply: writeMessage,
  createWriter: (call) => new MessageStreamWriter(call),
  writeError: writeMessagesError,
  requestIdHeader: "request-id",
  answerAlone: estimateTokens,
};

/** Operations by the ends of their paths. */
const operations = { "/messages": "messages", "/messages/count_tokens": "count_tokens" } as const;

/** What stands before them: base URLs come with and without a version, and with the name of the API. */
const bases = ["/v1", "", "/anthropic/v1", "/anthropic"];

const paths: ReadonlyMap<string, CallRoute> = new Map(
  Object.entries(operations).flatMap(([path, operation]) => {
    const route: CallRoute = { kind: "call", caller: anthropicCaller, endpoint: "chat", operation, model: undefined };
    return bases.map((base): [string, CallRoute] => [base + path, route]);
  }),
);
