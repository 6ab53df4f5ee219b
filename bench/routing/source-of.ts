import { defaultRouterSettings } from "../../src/config/settings/read-router-settings.ts";
import type { Deployment } from "../../src/core/deployment.ts";
import type { RouterSettings } from "../../src/core/router-settings.ts";
import type { StrategyPlugin } from "../../src/core/strategy.ts";
import type { TableSource } from "../../src/core/table-source.ts";
import { tableSource } from "../../test/support/core-fixture.ts";
import { FakeConfigReader } from "../../test/support/fake-config-reader.ts";

/** A table of deployments that one strategy routes, with its defaults. */
export function sourceOf(deployments: readonly Deployment[], plugin: StrategyPlugin, settings: Partial<RouterSettings> = {}): TableSource {
  const config = plugin.parseConfig(new FakeConfigReader());
  return {
    ...tableSource(deployments, { settings: { ...defaultRouterSettings, ...settings } }),
    strategy: {
      name: plugin.name,
      key: plugin.name,
      create: (deps) => plugin.create(config, deps),
      readsProgress: plugin.readsProgress,
      readsPrefixes: plugin.readsPrefixes,
    },
  };
}
