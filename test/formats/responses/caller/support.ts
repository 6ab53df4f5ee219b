import assert from "node:assert/strict";
import OpenAI from "openai";
import type { Call } from "../../../../src/core/call.ts";
import { RouterError } from "../../../../src/core/errors.ts";
import type { DecodedReply, JsonMembers, StreamEvent } from "../../../../src/core/provider.ts";
import { readResponsesCall } from "../../../../src/formats/responses/caller/read-call.ts";
import { ResponseStreamWriter } from "../../../../src/formats/responses/caller/stream-writer.ts";
import { writeResponse } from "../../../../src/formats/responses/caller/write-response.ts";
import { readUsage } from "../../../../src/formats/openai/usage/read-usage.ts";
import type { Result } from "../../../../src/lib/result.ts";
import { testIds } from "../support.ts";

/** What becomes of a request for a response. `model` and `input` have values of their own where it names none. */
export function readRequest(body: JsonMembers): Result<Call, RouterError> {
  return readResponsesCall(Buffer.from(JSON.stringify({ model: "m", input: "hi", ...body })), {
    endpoint: "chat",
    operation: "responses",
    pathModel: undefined,
    callId: "c-1",
    inboundProtocol: "rest",
    caller: undefined,
    traceContext: undefined,
    now: 0,
    http: { method: "POST", query: "", kept: undefined, ids: testIds },
  });
}

export function bridgedCall(body: JsonMembers = {}): Call {
  const read = readRequest(body);
  if (!read.ok) throw read.error;
  return read.value;
}

/** What a request becomes in OpenAI's chat. @throws RouterError where it becomes none. */
export function chatOf(body: JsonMembers): JsonMembers {
  const chat = bridgedCall(body).foreign?.toOpenAi();
  if (chat === undefined || chat instanceof RouterError) throw chat ?? new Error("It is not foreign.");
  return JSON.parse(chat.bytes.toString()) as JsonMembers;
}

/** The response that a whole reply in OpenAI's format becomes. */
export function responseOf(message: JsonMembers, finish = "stop", usage?: JsonMembers, call: Call = bridgedCall()): JsonMembers {
  const choices = [{ index: 0, message: { role: "assistant", ...message }, finish_reason: finish }];
  const body = Buffer.from(JSON.stringify({ id: "x", model: "m", created: 1, choices, usage }));
  const reply: DecodedReply = { format: "openai", body, usage: readUsage(usage) };
  const written = writeResponse(reply, call, { deploymentId: "d", ids: testIds });
  if (written instanceof RouterError) throw written;
  return JSON.parse(written.toString()) as JsonMembers;
}

/** The events of a stream of OpenAI's chunks, as a decoder tells them, and the mark of the end. */
export function chunkEvents(chunks: readonly JsonMembers[]): StreamEvent[] {
  const events = chunks.map((chunk): StreamEvent => {
    const data = Buffer.from(JSON.stringify({ id: "x", model: "m", created: 1, choices: [], ...chunk }));
    const bytes = Buffer.concat([Buffer.from("data: "), data, Buffer.from("\n\n")]);
    return { kind: "content", format: "openai", bytes, data, usage: readUsage(chunk["usage"]), error: undefined };
  });
  const done = Buffer.from("data: [DONE]\n\n");
  return [...events, { kind: "done", format: "openai", bytes: done, data: undefined, usage: undefined, error: undefined }];
}

/** A chunk with this delta. */
export function delta(members: JsonMembers, finish: string | null = null): JsonMembers {
  return { choices: [{ index: 0, delta: members, finish_reason: finish }] };
}

/** What a stream of these events comes out as. */
export function written(events: readonly StreamEvent[], call: Call = bridgedCall({ stream: true })): string {
  const writer = new ResponseStreamWriter(call, testIds);
  writer.begin("d");
  const pieces = events.map((event) => writer.write(event));
  pieces.push(writer.end());
  return Buffer.concat(pieces.filter((piece) => piece !== undefined)).toString();
}

/** The data of each event of a stream, whose names must be their types and whose numbers must have no gap. */
export function dataOf(stream: string): JsonMembers[] {
  return stream
    .split("\n\n")
    .filter((one) => one !== "" && !one.startsWith(":"))
    .map((one, index) => {
      const [, name, data = ""] = /^event: (.*)\ndata: (.*)$/s.exec(one) ?? [];
      const parsed = JSON.parse(data) as JsonMembers;
      assert.deepEqual([parsed["type"], parsed["sequence_number"]], [name, index]);
      return parsed;
    });
}

/** The response that OpenAI's own package puts together of a stream. */
export async function readByPackage(stream: string): Promise<JsonMembers> {
  const response = () => new Response(stream, { headers: { "content-type": "text/event-stream" } });
  const client = new OpenAI({ apiKey: "k", baseURL: "http://never.example", maxRetries: 0, fetch: () => Promise.resolve(response()) });
  const final = await client.responses.stream({ model: "m", input: "hi" }).finalResponse();
  return final as unknown as JsonMembers;
}
