import { objectOf, type Schema } from "../../config/settings/config-schema.ts";
import * as tables from "./scenario-tables.ts";

const distribution: Schema = {
  anyOf: [
    { type: "number", exclusiveMinimum: 0 },
    { ...objectOf(tables.distributionTable, {}), required: ["mean", "p99"] },
  ],
};
const fault: Schema = {
  anyOf: [{ type: "boolean" }, { type: "number", exclusiveMinimum: 0, maximum: 1 }, objectOf(tables.rateTable, {})],
};

/** The published JSON Schema (draft 2020-12) of a scenario, for editors: the tables of its settings. */
export function scenarioSchema(): Schema {
  const deployment = objectOf(tables.deploymentTable, {
    replica: objectOf(tables.replicaTable, {}),
    provider: objectOf(tables.providerTable, { first_token: distribution, tokens_per_second: distribution }),
  });
  const caller = objectOf(tables.callerTable, {
    bursts: objectOf(tables.burstsTable, {}),
    sessions: objectOf(tables.sessionsTable, { turns: distribution, think: distribution }),
    prompt_tokens: distribution,
    output_tokens: distribution,
    tenants: {
      anyOf: [
        { type: "integer", minimum: 1, maximum: 10_000 },
        { type: "array", items: { type: ["string", "number"] } },
      ],
    },
  });
  return {
    $schema: "https://json-schema.org/draft/2020-12/schema",
    title: "Huntgroup scenario",
    description: "What a configuration is simulated against: `huntgroup simulate --scenario`.",
    ...objectOf(tables.scenarioTable, {
      seeds: {
        anyOf: [
          { type: "integer", minimum: 1 },
          { type: "array", items: { type: "integer", minimum: 0 }, minItems: 1 },
        ],
      },
      good: objectOf(tables.goodTable, {}),
      nodes: objectOf(tables.nodesTable, {}),
      deployments: { type: "array", items: deployment },
      callers: { type: "array", items: caller },
      timeline: { type: "array", items: objectOf(tables.eventTable, { errors: fault, refusals: fault, cut: fault }) },
    }),
    patternProperties: { "^x-": true },
    // Numbers may be variables of the environment in a configuration, and never here.
    $defs: { reference: false },
  };
}
