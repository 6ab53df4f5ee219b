import type { JsonMembers, JsonValue } from "../../../core/provider.ts";
import { chatMembers, isMembers, refuse } from "../../kit/chat/chat-fields.ts";
import { closedSchema } from "../../kit/claude/json-tool.ts";

/**
 * OpenAI's `reasoning_effort` for how long a model is to think.
 * @param thinking Anthropic's `thinking`. @param effort Its `output_config.effort`.
 */
export function effortOf(thinking: JsonMembers | undefined, effort: JsonValue | undefined): string | undefined {
  const told = typeof effort === "string" ? (effort === "max" ? "xhigh" : effort) : undefined;
  switch (thinking?.["type"]) {
    case undefined:
      return told;
    case "disabled":
      return "none";
    case "enabled":
      return told ?? effortOfBudget(thinking?.["budget_tokens"]);
    default:
      return told ?? "medium";
  }
}

function effortOfBudget(budget: JsonValue | undefined): string {
  if (typeof budget !== "number" || budget >= 4096) return "high";
  if (budget >= 2048) return "medium";
  return budget >= 1024 ? "low" : "minimal";
}

/** OpenAI's `response_format` for an answer by a schema. */
export function responseFormatOf(format: JsonMembers | undefined): JsonMembers {
  if (format === undefined) return {};
  const path = "output_config.format";
  if (format["type"] !== "json_schema") return refuse(`${path}.type`, "json_schema");
  const schema = closedSchema(chatMembers(format["schema"], `${path}.schema`) ?? refuse(`${path}.schema`, "an object"));
  const json_schema = { name: "structured_output", schema, strict: isStrict(schema) };
  return { response_format: { type: "json_schema", json_schema } };
}

/** Whether OpenAI holds answers to it: there, each object requires all of its properties. */
function isStrict(schema: JsonValue): boolean {
  if (Array.isArray(schema)) return (schema as readonly JsonValue[]).every(isStrict);
  if (!isMembers(schema)) return true;
  const { properties, required } = schema;
  if (isMembers(properties)) {
    const names = new Set(Array.isArray(required) ? (required as readonly JsonValue[]) : []);
    if (!Object.keys(properties).every((name) => names.has(name))) return false;
  }
  return Object.values(schema).every(isStrict);
}
