import { toBinary, type DescMessage, type JsonObject, type JsonValue } from "@bufbuild/protobuf";
import { encodeEnvelope } from "@connectrpc/connect/protocol";
import { RouterError } from "../../core/errors.ts";
import { messagePlan } from "../protobuf-json/message-plan.ts";
import { openAiToFrame } from "../protobuf-json/openai-to-protobuf.ts";
import { malformedReply, parseReply } from "../protobuf-json/parse-reply.ts";

/** What a deployment answered (a reply, or a piece of a stream) as a message in its envelope, or why it is no such message. */
export function replyFrame(desc: DescMessage, body: Buffer): Buffer | RouterError {
  const json = parseObject(body);
  return (json && openAiToFrame(messagePlan(desc), json)) ?? libraryFrame(desc, body);
}

function parseObject(body: Buffer): JsonObject | undefined {
  try {
    const json = JSON.parse(body.toString()) as JsonValue;
    return typeof json === "object" && json !== null && !Array.isArray(json) ? json : undefined;
  } catch {
    return undefined;
  }
}

function libraryFrame(desc: DescMessage, body: Buffer): Buffer | RouterError {
  const message = parseReply(desc, body);
  if (message instanceof RouterError) return message;
  try {
    const frame = encodeEnvelope(0, toBinary(desc, message));
    return Buffer.from(frame.buffer, frame.byteOffset, frame.byteLength);
  } catch (cause) {
    return malformedReply(cause);
  }
}
