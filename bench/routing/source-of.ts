import { defaultRouterSettings } from "../../src/config/settings/read-router-settings.ts";
import type { Deployment } from "../../src/core/deployment.ts";
import type { RouterSettings } from "../../src/core/router-settings.ts";
import type { StrategyChoice, TableSource } from "../../src/core/table-source.ts";
import { tableSource } from "../../test/support/core-fixture.ts";

/** A table of deployments that one strategy routes. */
export function sourceOf(
  deployments: readonly Deployment[],
  strategy: StrategyChoice,
  settings: Partial<RouterSettings> = {},
): TableSource {
  return { ...tableSource(deployments, { settings: { ...defaultRouterSettings, ...settings } }), strategy };
}
