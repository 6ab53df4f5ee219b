import type { Format } from "../../core/format.ts";
import { ChatAdapter, type ChatWire } from "../kit/chat/chat-adapter.ts";
import type { ChatRules } from "../kit/chat/chat-rules.ts";
import { FramedDecoder } from "../kit/chat/framed-decoder.ts";
import { eventStreamType } from "../kit/event-stream/frame-decoder.ts";
import { embeddingsWire } from "./embeddings/embeddings-wire.ts";
import { takenParameters } from "./models/taken-parameters.ts";
import { readConverseReply } from "./reply/read-reply.ts";
import { converseWriter } from "./request/write-request.ts";
import { ConverseTranslator } from "./stream/converse-translator.ts";

/** How chats are said in Bedrock's Converse: https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_Converse.html */
const converseWire: ChatWire = {
  streamType: eventStreamType,
  taken: takenParameters,
  ...converseWriter,
  readReply: readConverseReply,
  embeddings: embeddingsWire,
  createDecoder: (call, headers, target) => new FramedDecoder(call, target, new ConverseTranslator(call, headers, target)),
};

/** What differs between the deployments that speak it. */
export interface BedrockQuirks {
  readonly rules: ChatRules;
  /** Whether its models go on with an assistant's message at the end of a chat. */
  readonly takesPrefill: boolean;
  /**
   * The model, where it is the same for all calls: what is known of it goes by this name. Where an ARN does not say which model it is, both this and
   * the host's `bodyModel` name that, since no body of Converse holds a model.
   */
  readonly model: string | undefined;
}

/**
 * Bedrock's Converse, of which each host's path says the model and whether the reply is streamed. Embeddings, which Converse does not have, go to
 * InvokeModel.
 */
export const bedrock = {
  name: "bedrock",
  connect: (host, { rules, takesPrefill, model }) => new ChatAdapter({ host, rules, model }, converseWire, takesPrefill),
} satisfies Format<BedrockQuirks>;
