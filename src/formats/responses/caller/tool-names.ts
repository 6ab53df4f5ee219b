import type { Call } from "../../../core/call.ts";
import type { JsonMembers, JsonValue } from "../../../core/provider.ts";
import { isMembers } from "../../kit/chat/chat-fields.ts";

/** What a tool is to its caller, by the name that it has in a chat. */
export interface CallerTool {
  readonly kind: "function" | "custom";
  readonly name: string;
  readonly namespace: string | undefined;
}

/** The name of a tool in a chat, which has no namespaces. */
export function chatToolName(name: string, namespace: string | undefined): string {
  return namespace === undefined || namespace === "" ? name : `${namespace}__${name}`;
}

/** A custom tool's input as the arguments of the function that stands for it. */
export function customInput(input: string): string {
  return JSON.stringify({ content: input });
}

/** The input that {@link customInput} was made of. A model may have written the bare text. */
export function inputOfArguments(args: string): string {
  try {
    const parsed = JSON.parse(args) as JsonValue;
    if (isMembers(parsed) && typeof parsed["content"] === "string") return parsed["content"];
  } catch {
    // It is told as it was written.
  }
  return args;
}

/** Tells what the tools of a call are, as they stand in a reply. The request is looked into where the first of them is called. */
export function callerTools(call: Pick<Call, "body">): (name: string) => CallerTool {
  let tools: ReadonlyMap<string, CallerTool> | undefined;
  return (name) => {
    tools ??= toolsOf(call);
    return tools.get(name) ?? { kind: "function", name, namespace: undefined };
  };
}

function toolsOf({ body }: Pick<Call, "body">): ReadonlyMap<string, CallerTool> {
  const found = new Map<string, CallerTool>();
  const member = body.members.findLast(({ key }) => key === "tools");
  if (member === undefined) return found;
  const tools = JSON.parse(body.bytes.toString("utf8", member.valueStart, member.valueEnd)) as JsonValue;
  const add = (tool: JsonMembers, namespace: string | undefined): void => {
    const { type, name, tools: inner } = tool;
    if (typeof name !== "string") return;
    if (type === "namespace") for (const one of membersOf(inner)) add(one, name);
    else if (type === "custom" || namespace !== undefined)
      found.set(chatToolName(name, namespace), { kind: type === "custom" ? "custom" : "function", name, namespace });
  };
  for (const tool of membersOf(tools)) add(tool, undefined);
  return found;
}

function membersOf(list: JsonValue | undefined): readonly JsonMembers[] {
  return Array.isArray(list) ? (list as readonly JsonValue[]).filter(isMembers) : [];
}
