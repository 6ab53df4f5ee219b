import { allowedValues, type ActedOnSetting } from "../../../src/config/settings/setting-spec.ts";
import * as tables from "../../../src/simulation/scenario/scenario-tables.ts";

type Table = Readonly<Record<string, ActedOnSetting>>;

const sections: readonly (readonly [string, Table])[] = [
  ["The file", tables.scenarioTable],
  ["`good`", tables.goodTable],
  ["`nodes`", tables.nodesTable],
  ["`deployments[]`", tables.deploymentTable],
  ["`deployments[].replica`", tables.replicaTable],
  ["`deployments[].provider`", tables.providerTable],
  ["`callers[]`", tables.callerTable],
  ["`callers[].bursts`", tables.burstsTable],
  ["`callers[].sessions`", tables.sessionsTable],
  ["`timeline[]`", tables.eventTable],
  ["`errors`, `refusals`, `cut` as maps", tables.rateTable],
  ["`{mean, p99}`", tables.distributionTable],
];

/** The reference of scenario files, as docs/simulate.md has it. */
export function scenarioReference(): string {
  return sections.map(([title, table]) => `### ${title}\n\n${rows(table)}\n`).join("\n");
}

function rows(table: Table): string {
  const lines = Object.entries(table).map(([name, spec]) => {
    const fallback = spec.default === undefined ? "" : `\`${spec.default}\``;
    const value = spec.kind === "any" ? "" : allowedValues(spec);
    return `| \`${name}\` | ${value} | ${fallback} | ${spec.description} |`;
  });
  return ["| setting | value | default | what it does |", "|---|---|---|---|", ...lines].join("\n");
}
