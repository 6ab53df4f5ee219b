import type { Strategy, StrategyPlugin } from "../../src/core/strategy.ts";
import { seededRandom } from "../../src/lib/random.ts";
import type { Random } from "../../src/lib/random.ts";
import { FakeClock } from "./fake-clock.ts";
import { FakeConfigReader } from "./fake-config-reader.ts";

interface CreateOptions {
  /** `routing_strategy_args` */
  readonly args?: Readonly<Record<string, unknown>>;
  readonly random?: Random;
  readonly clock?: FakeClock;
}

/** Configures and makes a strategy as the program does at its start. */
export function createStrategy(plugin: StrategyPlugin, options: CreateOptions = {}): Strategy {
  const { args = {}, random = seededRandom(1), clock = new FakeClock() } = options;
  return plugin.create(plugin.parseConfig(new FakeConfigReader(args)), { clock, random });
}
