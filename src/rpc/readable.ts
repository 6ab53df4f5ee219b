import type { DescMessage } from "@bufbuild/protobuf";
import type { UniversalServerRequest } from "@connectrpc/connect/protocol";
import type { RouterError } from "../core/errors.ts";
import { mapMessages } from "./kit/map-messages.ts";
import { jsonRefusal, protobufRefusal } from "./protobuf-json/bounded-message.ts";
import { openJson } from "./protobuf-json/open-json.ts";

const openJsonTypes: ReadonlySet<string> = new Set(["application/json", "application/connect+json"]);
/** Bodies that are one message, in no envelope. */
const wholeTypes: ReadonlySet<string> = new Set(["application/json", "application/proto"]);

/**
 * A request whose messages the library can read in bounded time. One in JSON may hold members that the schema does not know, as OpenAI's own API
 * lets it. What comes packed is looked at when it is unpacked.
 * @param input The type of its messages.
 * @param refuse Makes the error that the body fails with.
 */
export function readable(
  request: UniversalServerRequest,
  input: DescMessage,
  maxBytes: number,
  refuse: (error: RouterError) => Error,
): UniversalServerRequest {
  const { header, body } = request;
  if (typeof body !== "object" || body === null || !(Symbol.asyncIterator in body)) return request;
  const contentType = header.get("content-type")?.split(";")[0]?.trim().toLowerCase() ?? "";
  const isEnveloped = !wholeTypes.has(contentType);
  if (!isEnveloped && (header.get("content-encoding") ?? "identity") !== "identity") return request;
  const isJson = contentType.endsWith("json");
  const isOpen = openJsonTypes.has(contentType);
  const map = (message: Buffer): Buffer => {
    const refusal = isJson ? jsonRefusal(message) : protobufRefusal(input, message);
    if (refusal !== undefined) throw refuse(refusal);
    return isOpen ? openJson(message, input) : message;
  };
  // The body's length may change.
  if (isOpen) header.delete("content-length");
  return { ...request, body: mapMessages(body, { isEnveloped, maxBytes }, map) };
}
