import { conversationScenarios } from "./conversations.ts";
import { randomWorld } from "./random-worlds.ts";
import { overloadScenarios, tenantScenarios } from "./pressure.ts";
import { quotaScenarios } from "./quotas.ts";
import type { RoutingScenario } from "./scenario.ts";
import { nodeScenarios, steadyScenarios } from "./steady.ts";

const named: readonly RoutingScenario[] = [
  ...steadyScenarios,
  ...nodeScenarios,
  ...conversationScenarios,
  ...quotaScenarios,
  ...overloadScenarios,
  ...tenantScenarios.flat(),
];

/** A scenario by its name. That of a random world begins with its number: `#7`. */
export function scenarioOf(name: string): RoutingScenario {
  if (name.startsWith("#")) return randomWorld(Number.parseInt(name.slice(1), 10));
  const found = named.find((scenario) => scenario.name === name);
  if (found === undefined) throw new Error(`there is no scenario "${name}"`);
  return found;
}
