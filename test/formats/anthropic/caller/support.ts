import Anthropic from "@anthropic-ai/sdk";
import type { Call } from "../../../../src/core/call.ts";
import { RouterError } from "../../../../src/core/errors.ts";
import type { DecodedReply, JsonMembers, StreamEvent } from "../../../../src/core/provider.ts";
import { anthropicCaller } from "../../../../src/formats/anthropic/caller/caller.ts";
import { MessageStreamWriter } from "../../../../src/formats/anthropic/caller/stream-writer.ts";
import { readUsage } from "../../../../src/formats/openai/usage/read-usage.ts";

/** A call of the Messages API with this body. `model`, `max_tokens` and `messages` have values of their own where it names none. */
export function messagesCall(body: JsonMembers, headers: Readonly<Record<string, string>> = {}, operation = "messages"): Call {
  const request = { model: "m", max_tokens: 50, messages: [{ role: "user", content: "hi" }], ...body };
  const read = anthropicCaller.readCall(Buffer.from(JSON.stringify(request)), {
    endpoint: "chat",
    operation,
    pathModel: undefined,
    callId: "1",
    inboundProtocol: "rest",
    caller: undefined,
    traceContext: undefined,
    now: 0,
    headers,
  });
  if (!read.ok) throw read.error;
  return read.value;
}

/** What a request becomes in OpenAI's chat. @throws RouterError where it becomes none. */
export function chatOf(body: JsonMembers): JsonMembers {
  const chat = messagesCall(body).foreign?.toOpenAi();
  if (chat === undefined || chat instanceof RouterError) throw chat ?? new Error("It is not foreign.");
  return JSON.parse(chat.bytes.toString()) as JsonMembers;
}

/** A whole reply in OpenAI's format with this message. */
export function chatReply(message: JsonMembers, finish: string | null = "stop", usage?: JsonMembers): DecodedReply {
  const choices = [{ index: 0, message: { role: "assistant", ...message }, finish_reason: finish }];
  return { format: "openai", body: Buffer.from(JSON.stringify({ id: "x", model: "m", choices, usage })), usage: readUsage(usage) };
}

/** The events of a stream of OpenAI's chunks, as a decoder tells them. `undefined` among them is the mark of the end. */
export function chunkEvents(chunks: readonly (JsonMembers | undefined)[]): StreamEvent[] {
  return chunks.map((chunk): StreamEvent => {
    if (chunk === undefined)
      return {
        kind: "done",
        format: "openai",
        bytes: Buffer.from("data: [DONE]\n\n"),
        data: undefined,
        usage: undefined,
        error: undefined,
      };
    const data = Buffer.from(JSON.stringify({ id: "x", model: "m", choices: [], ...chunk }));
    const bytes = Buffer.concat([Buffer.from("data: "), data, Buffer.from("\n\n")]);
    return { kind: "content", format: "openai", bytes, data, usage: readUsage(chunk["usage"]), error: undefined };
  });
}

/** A chunk with this delta. */
export function delta(members: JsonMembers, finish: string | null = null): JsonMembers {
  return { choices: [{ index: 0, delta: members, finish_reason: finish }] };
}

/** What a stream of these events comes out as. */
export function written(events: readonly StreamEvent[], call: Call = messagesCall({ stream: true })): string {
  const writer = new MessageStreamWriter(call);
  const pieces = events.map((event) => writer.write(event));
  pieces.push(writer.end());
  return Buffer.concat(pieces.filter((piece) => piece !== undefined)).toString();
}

/** The data of each event of a stream, whose names must be their types. */
export function dataOf(stream: string): JsonMembers[] {
  return stream
    .split("\n\n")
    .filter((one) => one !== "")
    .map((one) => {
      const [, name, data = ""] = /^event: (.*)\ndata: (.*)$/s.exec(one) ?? [];
      const parsed = JSON.parse(data) as JsonMembers;
      if (parsed["type"] !== name) throw new Error(`The event ${name} holds ${data}`);
      return parsed;
    });
}

/** The message that Anthropic's own package makes of a stream. */
export function readByPackage(stream: string): Promise<Anthropic.Message> {
  const response = () => new Response(stream, { headers: { "content-type": "text/event-stream" } });
  const client = new Anthropic({ apiKey: "k", baseURL: "http://never.example", maxRetries: 0, fetch: () => Promise.resolve(response()) });
  return client.messages.stream({ model: "m", max_tokens: 1, messages: [{ role: "user", content: "hi" }] }).finalMessage();
}
