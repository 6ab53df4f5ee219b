import type { StrategyPlugin } from "../core/strategy.ts";
import { err, ok } from "../lib/result.ts";
import type { Result } from "../lib/result.ts";

/**
 * Checks what a user's strategy file exports by default, as far as that can be done without running it.
 *
 * @param exported The module's `default`.
 * @param taken The names of the built-in strategies, which a custom one must not have: status and metrics would show the wrong one.
 * @returns The plugin, or what is wrong with it and what is expected.
 */
export function parseCustomStrategy(exported: unknown, taken: readonly string[]): Result<StrategyPlugin, string> {
  if (exported === undefined) return err("the file has no default export; it must be a StrategyPlugin: { name, parseConfig, create }");
  if (typeof exported !== "object" || exported === null) {
    return err(`the default export must be an object { name, parseConfig, create }, not ${exported === null ? "null" : typeof exported}`);
  }
  const name = "name" in exported ? exported.name : undefined;
  if (typeof name !== "string" || name === "") return err("the default export's name must be a string that is not empty");
  if (taken.includes(name)) return err(`the name ${JSON.stringify(name)} belongs to a built-in strategy; choose another`);
  for (const method of ["parseConfig", "create"] as const) {
    const member: unknown = (exported as Partial<Record<typeof method, unknown>>)[method];
    if (typeof member !== "function") return err(`${method} of strategy ${JSON.stringify(name)} must be a function, not ${typeof member}`);
  }
  return ok(exported as StrategyPlugin);
}
