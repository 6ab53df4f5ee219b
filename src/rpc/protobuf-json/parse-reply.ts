import type { DescMessage, JsonValue, MessageShape } from "@bufbuild/protobuf";
import { RouterError } from "../../core/errors.ts";
import { messageFromOpenAi } from "./message-json.ts";

/** What a deployment answered (a reply, or a piece of a stream) as the message that callers get, or why it is no such message. */
export function parseReply<Desc extends DescMessage>(desc: Desc, body: Buffer): MessageShape<Desc> | RouterError {
  try {
    const json = JSON.parse(body.toString()) as JsonValue;
    if (typeof json === "object" && json !== null && !Array.isArray(json)) return messageFromOpenAi(desc, json);
    return malformedReply(undefined);
  } catch (cause) {
    return malformedReply(cause);
  }
}

/** The error for a reply that is no JSON object, or no message. */
export function malformedReply(cause: unknown): RouterError {
  const message = "The deployment's reply is not a JSON object.";
  return new RouterError("upstream_malformed", message, cause === undefined ? {} : { cause });
}
