import { RouterError } from "../../../core/errors.ts";
import type { JsonMembers, JsonValue } from "../../../core/provider.ts";

/** Readers of a chat request's members. What is of the wrong kind is the caller's fault, and thrown as the error that names it. */

/** @throws RouterError `invalid_request`. */
export function refuse(path: string, expected: string): never {
  throw new RouterError("invalid_request", `${path} must be ${expected}.`, { param: path });
}

export function isMembers(value: JsonValue | undefined): value is JsonMembers {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** @throws RouterError where it is neither absent, null nor an object. */
export function chatMembers(value: JsonValue | undefined, path: string): JsonMembers | undefined {
  if (value === undefined || value === null) return undefined;
  return isMembers(value) ? value : refuse(path, "an object");
}

/** @throws RouterError where it is neither absent, null nor a list. */
export function chatList(value: JsonValue | undefined, path: string): readonly JsonValue[] {
  if (value === undefined || value === null) return [];
  return Array.isArray(value) ? (value as readonly JsonValue[]) : refuse(path, "a list");
}

/** @throws RouterError where it is neither absent, null nor a text. */
export function chatText(value: JsonValue | undefined, path: string): string | undefined {
  if (value === undefined || value === null) return undefined;
  return typeof value === "string" ? value : refuse(path, "a text");
}

/** Numbers may be written as texts, as some clients do. @throws RouterError where it is neither absent, null nor a number. */
export function chatNumber(value: JsonValue | undefined, path: string): number | undefined {
  if (value === undefined || value === null) return undefined;
  const number = typeof value === "string" && value.trim() !== "" ? Number(value) : value;
  return typeof number === "number" && Number.isFinite(number) ? number : refuse(path, "a number");
}

/** @throws RouterError where it is neither absent, null, true nor false. */
export function chatBoolean(value: JsonValue | undefined, path: string): boolean | undefined {
  if (value === undefined || value === null) return undefined;
  return typeof value === "boolean" ? value : refuse(path, "true or false");
}
