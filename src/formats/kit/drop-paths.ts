import type { JsonMembers, JsonValue } from "../../core/provider.ts";

/** A member deep within a request that is left out, as LiteLLM's `additional_drop_params` name it: `tools[*].function.strict`. */
export interface DropPath {
  /** As written. */
  readonly text: string;
  /** The request's own member that it stands in. */
  readonly parameter: string;
  /** The way from there: names of members, places in lists, {@link everyItem}. */
  readonly steps: readonly (string | number)[];
}

/** Stands for all items of a list. */
const everyItem = -1;

const whole = /^[^.[\]]+(?:\.[^.[\]]+|\[(?:\*|\d{1,9})\])+$/;
const step = /\.([^.[\]]+)|\[(\*|\d+)\]/g;

/** Tells the names of whole parameters from paths to members deep within them. */
export function readDropPaths(names: Iterable<JsonValue>): { readonly names: ReadonlySet<string>; readonly paths: readonly DropPath[] } {
  const plain = new Set<string>();
  const paths: DropPath[] = [];
  for (const text of names) {
    if (typeof text !== "string") continue;
    if (!whole.test(text)) plain.add(text);
    else {
      const parameter = text.slice(0, text.search(/[.[]/));
      const steps = [...text.matchAll(step)].map(([, name, place]) => name ?? (place === "*" ? everyItem : Number(place)));
      paths.push({ text, parameter, steps });
    }
  }
  return { names: plain, paths };
}

/** The value of a parameter without what a path leads to; the value itself where it leads to nothing. */
export function withoutPath(value: JsonValue, { steps }: DropPath): JsonValue {
  return without(value, steps, 0);
}

function without(value: JsonValue, steps: DropPath["steps"], at: number): JsonValue {
  const key = steps[at];
  if (typeof value !== "object" || value === null || key === undefined) return value;
  const isLast = at === steps.length - 1;
  if (Array.isArray(value)) {
    const list = value as readonly JsonValue[];
    if (typeof key !== "number") return value;
    const isMeant = (index: number): boolean => key === everyItem || key === index;
    if (isLast) return list.some((_, index) => isMeant(index)) ? list.filter((_, index) => !isMeant(index)) : value;
    const changed = list.map((item, index) => (isMeant(index) ? without(item, steps, at + 1) : item));
    return changed.some((item, index) => item !== list[index]) ? changed : value;
  }
  const members = value as JsonMembers;
  const member = members[key];
  if (typeof key === "number" || !Object.hasOwn(members, key) || member === undefined) return value;
  if (isLast) return Object.fromEntries(Object.entries(members).filter(([name]) => name !== key));
  const changed = without(member, steps, at + 1);
  return changed === member ? value : { ...members, [key]: changed };
}
