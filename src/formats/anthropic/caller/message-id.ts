import type { Call } from "../../../core/call.ts";

/** The id of the message that answers a call: the same whoever gives it. */
export function messageId({ id }: Pick<Call, "id">): string {
  return `msg_${id}`;
}
