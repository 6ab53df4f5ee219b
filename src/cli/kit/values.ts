import type { JsonObject } from "@bufbuild/protobuf";
import { InvalidArgumentError, type Option } from "commander";
import { parseDuration, typedDuration } from "../../lib/duration.ts";

/** Parsers of the values of options and arguments. Each throws commander's InvalidArgumentError, which says what is allowed. */

/** Takes any text but an empty one, which is what a shell makes of a variable that is not set. */
export function presentText(text: string): string {
  if (text === "") throw new InvalidArgumentError("It must not be empty.");
  return text;
}

/** Takes a whole number within bounds, both included. */
export function wholeNumber(least: number, most: number): (text: string) => number {
  return (text) => {
    const number = Number(text);
    if (/^-?\d+$/.test(text) && number >= least && number <= most) return number;
    throw new InvalidArgumentError(`It must be a whole number from ${least} to ${most}.`);
  };
}

/** Takes a finite number ≥ 0. */
export function amount(text: string): number {
  const number = parseAmount(text);
  if (number === undefined) throw new InvalidArgumentError("It must be a number ≥ 0.");
  return number;
}

/** @returns The number; undefined unless the text is a finite number ≥ 0 in decimal digits. */
export function parseAmount(text: string): number | undefined {
  const number = Number(text);
  return /^\d+(\.\d+)?(e\d{1,3})?$/i.test(text) && Number.isFinite(number) ? number : undefined;
}

/** Takes a duration. @returns Milliseconds. */
export function duration(text: string): number {
  const ms = parseDuration(text, typedDuration);
  if (ms === undefined) throw new InvalidArgumentError("It must be a duration such as 90s, 10m, 1h30m or 7d.");
  return ms;
}

/** Takes a JSON object. */
export function jsonObject(text: string): JsonObject {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === "object" && value !== null && !Array.isArray(value)) return value as JsonObject;
  } catch {
    // Refused below, like other JSON that is not an object.
  }
  throw new InvalidArgumentError('It must be a JSON object, such as {"key": 1}.');
}

/** Collects an option that may be given several times, each time with several values: `--tag a,b --tag c`. */
export function list(text: string, previous: readonly string[] = []): readonly string[] {
  const values = text.split(",").map((one) => one.trim());
  return [...previous, ...values.filter((one) => one !== "")];
}

/** Makes an option take one value of a closed list, in upper or lower case. The help names the list. */
export function choiceOption<Opt extends Option>(option: Opt, allowed: readonly string[]): Opt {
  return option.choices(allowed).argParser((text) => {
    const found = allowed.find((one) => one === text.toLowerCase());
    if (found === undefined) throw new InvalidArgumentError(`Allowed choices are ${allowed.join(", ")}.`);
    return found;
  });
}
