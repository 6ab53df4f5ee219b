import type { JsonValue } from "../../core/provider.ts";
import type { ModelRow } from "./model-table.ts";

/** How much a model takes and gives, as far as it is known. */
interface ModelFacts {
  readonly maxInputTokens: number | undefined;
  readonly maxOutputTokens: number | undefined;
  readonly supportsResponseSchema: boolean | undefined;
}

export function modelFacts(row: ModelRow | undefined): ModelFacts {
  const schema = row?.["supports_response_schema"];
  return {
    maxInputTokens: countOf(row?.["max_input_tokens"]),
    maxOutputTokens: countOf(row?.["max_output_tokens"]),
    supportsResponseSchema: typeof schema === "boolean" ? schema : undefined,
  };
}

function countOf(value: JsonValue | undefined): number | undefined {
  return typeof value === "number" && value > 0 ? value : undefined;
}
