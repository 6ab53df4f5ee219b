import { toBinary, type DescMessage } from "@bufbuild/protobuf";
import { encodeEnvelope } from "@connectrpc/connect/protocol";
import { RouterError } from "../../core/errors.ts";
import { parseReply } from "../parse-reply.ts";

/** What a deployment answered, a reply or a piece of a stream, as a message in its envelope. */
export function replyFrame(desc: DescMessage, body: Buffer): Buffer | RouterError {
  const message = parseReply(desc, body);
  if (message instanceof RouterError) return message;
  const frame = encodeEnvelope(0, toBinary(desc, message));
  return Buffer.from(frame.buffer, frame.byteOffset, frame.byteLength);
}
