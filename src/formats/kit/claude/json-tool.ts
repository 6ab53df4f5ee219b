import type { JsonMembers, JsonValue } from "../../../core/provider.ts";
import { isMembers } from "../chat/chat-fields.ts";
import type { ResponseFormat, Tool } from "../chat/conversation.ts";
import type { ClaudeModel } from "./claude-model.ts";

/** The tool by which a model gives an answer in JSON where it takes no schema for it. LiteLLM's name. */
export const jsonToolName = "json_tool_call";

/** The tool whose input is to be the answer. */
export function jsonTool(format: ResponseFormat): Extract<Tool, { kind: "function" }> {
  return {
    kind: "function",
    name: jsonToolName,
    description: "Gives the answer. Call it exactly once, with the whole answer as its input.",
    parameters: format.kind === "schema" ? format.schema : { type: "object", additionalProperties: true, properties: {} },
    strict: false,
  };
}

/** The schema that a model itself is told for its answer; undefined where there is none, or where the answer comes as {@link jsonTool}'s input. */
export function nativeSchema(format: ResponseFormat | undefined, { takesSchema }: ClaudeModel): JsonMembers | undefined {
  return format?.kind === "schema" && takesSchema && isSimpleSchema(format.schema) ? format.schema : undefined;
}

/** A schema as strict models want it: no object may have members that it does not name. */
export function closedSchema(schema: JsonMembers): JsonMembers {
  return closed(schema) as JsonMembers;
}

function closed(value: JsonValue): JsonValue {
  if (Array.isArray(value)) return (value as readonly JsonValue[]).map(closed);
  if (!isMembers(value)) return value;
  const members = Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, closed(inner)]));
  return members["type"] === "object" && members["additionalProperties"] === undefined
    ? { ...members, additionalProperties: false }
    : members;
}

/** What makes a schema one that models do not take as it is: references that lead nowhere, look-around in patterns, many unions. */
function isSimpleSchema(schema: JsonMembers): boolean {
  const text = JSON.stringify(schema);
  const unions = text.split('"anyOf"').length + text.split('"oneOf"').length - 2;
  if (unions > 16 || /"pattern":"[^"]*\(\?[=!<]/.test(text)) return false;
  const defined = new Set(Object.keys(membersAt(schema, "$defs")).map((name) => `#/$defs/${name}`));
  for (const name of Object.keys(membersAt(schema, "definitions"))) defined.add(`#/definitions/${name}`);
  return [...text.matchAll(/"\$ref":"([^"]*)"/g)].every(([, target = ""]) => defined.has(target));
}

function membersAt(members: JsonMembers, key: string): JsonMembers {
  const value = members[key];
  return isMembers(value) ? value : {};
}
