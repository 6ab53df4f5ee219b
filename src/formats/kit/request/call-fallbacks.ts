import type { FallbackTable, FallbackTarget } from "../../../core/call.ts";
import { readFallbackTarget } from "./fallback-target.ts";
import { describe, isObject, type FieldProblem, type JsonFields } from "./field-reader.ts";
import { isTooLongName, longestNameBytes } from "../../../lib/long-name.ts";
import { parseLossless } from "../../../lib/json/lossless-json.ts";

/** A value as parsed, and the same with its numbers as they were spelled, which is sent on. */
interface Field {
  readonly value: unknown;
  readonly written: unknown;
  readonly param: string;
}

/** More fallbacks than this are refused, all lists of one field together. */
const mostFallbacks = 100;

/** Fields that would send the call to another place than a deployment of the configuration. */
const connectionFields = ["api_key", "api_base", "base_url", "api_version"];

/**
 * Reads `fallbacks` of a request: names of models, or objects that change the request for theirs.
 * @param text The field's value as JSON.
 */
export function readCallFallbacks(value: unknown, text: string, param: string, problems: FieldProblem[]): readonly FallbackTarget[] {
  if (Array.isArray(value) && value.length > mostFallbacks) {
    problems.push(tooMany(param));
    return [];
  }
  const read = guarded(text, param, problems, (written) => targets({ value, written, param }, problems));
  return read ?? [];
}

/**
 * Reads `context_window_fallbacks` or `content_policy_fallbacks` of a request: a map from a model to its fallbacks, or a list of such maps.
 * @param text The field's value as JSON.
 */
export function readCallFallbackTable(value: unknown, text: string, param: string, problems: FieldProblem[]): FallbackTable {
  const table = new Map<string, readonly FallbackTarget[]>();
  if (countTable(value) > mostFallbacks) {
    problems.push(tooMany(param));
    return table;
  }
  guarded(text, param, problems, (written) => {
    for (const map of Array.isArray(value) ? items({ value, written, param }) : [{ value, written, param }]) {
      if (!isObject(map.value)) {
        problems.push({ param: map.param, fault: `must be an object from a model to its fallbacks, not ${describe(map.value)}` });
        continue;
      }
      for (const [model, named] of Object.entries(map.value)) {
        const written = (map.written as JsonFields)[model];
        const param = `${map.param}.${model}`;
        // A single name counts as a list of one. For a model that is named twice, the first entry counts, as in LiteLLM.
        const list = typeof named === "string" ? { value: [named], written: [named], param } : { value: named, written, param };
        const read = targets(list, problems);
        if (!table.has(model)) table.set(model, read);
      }
    }
  });
  return table;
}

function tooMany(param: string): FieldProblem {
  return { param, fault: `has more than ${mostFallbacks} fallbacks` };
}

/** How many maps, models and fallbacks a table names, counted until they are too many. */
function countTable(value: unknown): number {
  const maps: readonly unknown[] = Array.isArray(value) ? value : [value];
  let count = maps.length - 1;
  for (const map of maps) {
    if (count > mostFallbacks) break;
    if (!isObject(map)) continue;
    for (const model in map) {
      const named = map[model];
      count += Array.isArray(named) ? Math.max(named.length, 1) : 1;
      if (count > mostFallbacks) break;
    }
  }
  return count;
}

function targets(field: Field, problems: FieldProblem[]): readonly FallbackTarget[] {
  if (!Array.isArray(field.value)) {
    problems.push({ param: field.param, fault: `must be an array of models, not ${describe(field.value)}` });
    return [];
  }
  return items(field).flatMap(({ value, written, param }) => {
    if (typeof value === "string" && value !== "") {
      if (!isTooLongName(value)) return [{ model: value, amend: undefined }];
      problems.push({ param, fault: `is too long for the name of a model: at most ${longestNameBytes} bytes` });
      return [];
    }
    if (!isObject(value)) {
      problems.push({ param, fault: `must be the name of a model, or an object with \`model\`, not ${describe(value)}` });
      return [];
    }
    for (const key of connectionFields) {
      if (!Object.hasOwn(value, key)) continue;
      problems.push({ param: `${param}.${key}`, fault: "is not allowed: a fallback is one of the models that are served here" });
    }
    return [readFallbackTarget(value, written as JsonFields, `${param}.`, problems)];
  });
}

/** The items of a list. */
function items({ value, written, param }: Field): readonly Field[] {
  const writtenItems = written as readonly unknown[];
  return (value as readonly unknown[]).map((item, index) => ({
    value: item,
    written: writtenItems[index],
    param: `${param}[${index}]`,
  }));
}

/** Runs a reader. Values that are nested so deeply that they exhaust the stack are the caller's fault, not the router's. */
function guarded<Read>(text: string, param: string, problems: FieldProblem[], read: (written: unknown) => Read): Read | undefined {
  try {
    return read(parseLossless(text));
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    problems.push({ param, fault: "is nested too deeply" });
    return undefined;
  }
}
