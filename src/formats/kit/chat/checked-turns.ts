import { RouterError } from "../../../core/errors.ts";
import { cannotTake, type ChatTarget } from "./chat-rules.ts";
import type { Conversation, Turn } from "./conversation.ts";

/**
 * The turns of a chat as Claude and others want them: the user's first, and no space at the end of what the model is to go on with.
 * @param takesPrefill Whether the model goes on with an assistant's message at the end of a chat.
 * @throws RouterError where the chat does not begin with the user, or ends with what the model is to go on with and can't.
 */
export function checkedTurns({ turns }: Conversation, takesPrefill: boolean, target: ChatTarget): readonly Turn[] {
  const [first] = turns;
  const last = turns.at(-1);
  if (last?.role === "assistant" && !takesPrefill) {
    throw cannotTake(target, last.path, ": its model does not go on with an assistant's message at the end of a chat");
  }
  const trimmed = last?.role === "assistant" ? [...turns.slice(0, -1), trimEnd(last)] : turns;
  if (first !== undefined && first.role !== "assistant") return trimmed;
  if (target.rules.modifyParams || first === undefined) {
    return [{ role: "user", parts: [{ kind: "text", text: "." }], path: "messages" }, ...trimmed];
  }
  const message = "The first message after the instructions must be the user's (modify_params puts one there).";
  throw new RouterError("invalid_request", message, { param: first.path });
}

/** Space at the end of what a model is to go on with is refused. */
function trimEnd(turn: Turn): Turn {
  const parts = [...turn.parts];
  for (let last = parts.pop(); last !== undefined; last = parts.pop()) {
    const text = last.kind === "text" ? last.text.trimEnd() : undefined;
    if (text === "") continue;
    parts.push(last.kind === "text" && text !== undefined ? { ...last, text } : last);
    break;
  }
  return { ...turn, parts };
}
