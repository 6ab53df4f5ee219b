import { ChatCompletionResponseSchema } from "../../../gen/huntgroup/v1/chat_pb.ts";
import { RouterError } from "../../core/errors.ts";
import type { DecodedReply } from "../../core/provider.ts";
import type { RouteInfo } from "../../core/reply-sink.ts";
import { unexpectedAnswer } from "../chat/unexpected-answer.ts";
import { FastCall } from "./fast-call.ts";
import { replyFrame } from "./reply-frame.ts";

/** One call of `ChatCompletion`. */
export class UnaryCall extends FastCall {
  protected readonly isStream = false;

  onReply({ body }: DecodedReply, route: RouteInfo): void {
    const frame = replyFrame(ChatCompletionResponseSchema, body);
    if (frame instanceof RouterError) {
      this.fail(frame, route);
      return;
    }
    if (!this.settle()) return;
    this.reply.setHeaders(this.metadata(route));
    this.reply.end(frame);
  }

  readonly onStreamStart = unexpectedAnswer;
  readonly onStreamEvent = unexpectedAnswer;
  readonly onStreamEnd = unexpectedAnswer;
}
