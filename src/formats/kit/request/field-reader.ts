import { isTooLongName, longestNameBytes } from "../../../lib/long-name.ts";

export type JsonFields = Readonly<Record<string, unknown>>;

/** More tags than this are refused: each costs a look at every deployment. */
const mostTags = 1_000;

/** A field that is not what it must be. It reads as "The field `param` fault." */
export interface FieldProblem {
  /** Its path in the request: `stream_options.include_usage`, `fallbacks[0].timeout`. */
  readonly param: string;
  /** What is wrong, and what is allowed. */
  readonly fault: string;
}

/** Reads the typed fields of an object. `null` counts as absent, as in OpenAI's API. What is wrong is added to `problems`. */
export class FieldReader {
  readonly #fields: JsonFields;
  readonly #prefix: string;
  readonly #problems: FieldProblem[];

  /** @param prefix What stands before a key in its path. */
  constructor(fields: JsonFields, prefix: string, problems: FieldProblem[]) {
    this.#fields = fields;
    this.#prefix = prefix;
    this.#problems = problems;
  }

  /** The value as it stands; undefined when there is none, or null. */
  value(key: string): unknown {
    return Object.hasOwn(this.#fields, key) ? (this.#fields[key] ?? undefined) : undefined;
  }

  requiredText(key: string): string {
    const value = this.value(key);
    if (typeof value === "string" && value !== "") {
      if (!isTooLongName(value)) return value;
      this.#refuse(key, `is too long for the name of a model: at most ${longestNameBytes} bytes`);
      return "";
    }
    if (value === undefined) this.#refuse(key, "is required: the name of a model");
    else this.#refuse(key, `must be a non-empty string, not ${describe(value)}`);
    return "";
  }

  text(key: string): string | undefined {
    const value = this.value(key);
    if (value === undefined || typeof value === "string") return value;
    this.#refuse(key, `must be a string, not ${describe(value)}`);
    return undefined;
  }

  flag(key: string): boolean | undefined {
    const value = this.value(key);
    if (value === undefined || typeof value === "boolean") return value;
    this.#refuse(key, `must be true or false, not ${describe(value)}`);
    return undefined;
  }

  nested(key: string): FieldReader | undefined {
    const value = this.value(key);
    if (value === undefined) return undefined;
    if (isObject(value)) return new FieldReader(value, `${this.#prefix}${key}.`, this.#problems);
    this.#refuse(key, `must be an object, not ${describe(value)}`);
    return undefined;
  }

  /** A number of tokens. Only a positive one is a cap: providers decide which other numbers they take (some read -1 as no limit). */
  count(key: string): number | undefined {
    const value = this.value(key);
    if (value === undefined) return undefined;
    if (typeof value === "number") return value > 0 ? value : undefined;
    this.#refuse(key, `must be a number, not ${describe(value)}`);
    return undefined;
  }

  /** A whole number, 0 or more. */
  whole(key: string): number | undefined {
    const value = this.value(key);
    if (value === undefined || (isInteger(value) && value >= 0)) return value;
    this.#refuse(key, `must be a whole number, 0 or more, not ${describe(value)}`);
    return undefined;
  }

  integer(key: string): number | undefined {
    const value = this.value(key);
    if (value === undefined || isInteger(value)) return value;
    this.#refuse(key, `must be a whole number, not ${describe(value)}`);
    return undefined;
  }

  /** @returns Milliseconds. */
  seconds(key: string): number | undefined {
    const value = this.value(key);
    if (value === undefined) return undefined;
    if (typeof value === "number" && value > 0) return value * 1_000;
    this.#refuse(key, `must be a number of seconds above 0, not ${describe(value)}`);
    return undefined;
  }

  /** Tags: a list of texts, or one text that separates them by commas. */
  tags(key: string): readonly string[] | undefined {
    const value = this.value(key);
    if (value === undefined) return undefined;
    // One more than are allowed: a long text is not taken apart to its end.
    const tags = typeof value === "string" ? value.split(",", mostTags + 1) : value;
    if (Array.isArray(tags) && tags.length > mostTags) {
      this.#refuse(key, `has more than ${mostTags} tags`);
      return undefined;
    }
    if (Array.isArray(tags) && tags.every((tag) => typeof tag === "string")) return trimmed(tags);
    this.#refuse(key, `must be an array of strings, not ${Array.isArray(tags) ? "one that holds anything else" : describe(value)}`);
    return undefined;
  }

  #refuse(key: string, fault: string): void {
    this.#problems.push({ param: `${this.#prefix}${key}`, fault });
  }
}

export function isObject(value: unknown): value is JsonFields {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Describes a value for a message: by itself where it is short, otherwise by its type. */
export function describe(value: unknown): string {
  if (value === null) return "null";
  if (Array.isArray(value)) return "an array";
  if (typeof value === "object") return "an object";
  if (typeof value === "string") return value.length <= 40 ? `the string ${JSON.stringify(value)}` : "a string";
  return `the ${typeof value} ${JSON.stringify(value)}`;
}

function isInteger(value: unknown): value is number {
  return Number.isSafeInteger(value);
}

function trimmed(tags: readonly string[]): readonly string[] {
  return tags.map((tag) => tag.trim()).filter((tag) => tag !== "");
}
