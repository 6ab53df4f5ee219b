import type { JsonMembers } from "../../../core/provider.ts";
import type { WriteContext } from "../../kit/chat/chat-adapter.ts";
import { cannotTake, mayDropParams } from "../../kit/chat/chat-rules.ts";
import type { ChatRequest, ResponseFormat } from "../../kit/chat/conversation.ts";
import { nativeSchema } from "../../kit/claude/json-tool.ts";
import { planThinking, type Thinking, thinkingAfter } from "../../kit/claude/thinking.ts";
import type { ModelAbilities } from "../models/model-abilities.ts";

/** How a model is to answer a request. */
export interface AnswerPlan {
  /** Of a Claude model; undefined for those of others. */
  readonly thinking: Thinking | undefined;
  /** The form of an answer in JSON; undefined for text. */
  readonly format: ResponseFormat | undefined;
  /** The schema that the model itself is told. */
  readonly schema: JsonMembers | undefined;
  /** Whether the answer is to come as the input of a tool. */
  readonly wantsJsonTool: boolean;
}

/** Reads how a model is to think and in what form it is to answer. The reader of the reply does the same, to know what that form is. */
export function planAnswer(request: ChatRequest, model: ModelAbilities, context: WriteContext): AnswerPlan {
  const { claude } = model;
  if (claude === undefined) refuseThinking(request, context);
  const thinking = claude === undefined ? undefined : thinkingAfter(request.conversation, planThinking(request, claude, context), context);
  const format = request.responseFormat?.kind === "text" ? undefined : request.responseFormat;
  const isThinking = thinking?.isOn === true || claude?.alwaysThinks === true;
  const schema = format?.kind === "schema" ? schemaFor(format, model, isThinking) : undefined;
  return { thinking, format, schema, wantsJsonTool: format !== undefined && schema === undefined };
}

function schemaFor(
  format: Extract<ResponseFormat, { kind: "schema" }>,
  { schema, claude }: ModelAbilities,
  isThinking: boolean,
): JsonMembers | undefined {
  const takesSchema = schema === "always" || (schema === "when-thinking" && isThinking) || (schema === "when-unforced" && !isThinking);
  if (!takesSchema) return undefined;
  return claude === undefined ? format.schema : nativeSchema(format, { ...claude, takesSchema });
}

/** `thinking` is Claude's own parameter. */
function refuseThinking({ thinking }: ChatRequest, context: WriteContext): void {
  if (thinking === undefined || thinking["type"] === "disabled") return;
  if (!mayDropParams(context.members, context.target.rules)) throw cannotTake(context.target, "thinking", ": its model is no Claude");
  context.adjusted.add("thinking");
}
