import { jwtAlgorithms } from "../../core/keys/jwt-settings.ts";
import type { JsonValue } from "../../core/provider.ts";
import type { BooleanOption, ChoiceOption, ConfigReader, NumberOption, StrategyPlugin } from "../../core/strategy.ts";
import type { ActedOnSetting, SettingSpec, SettingsTable } from "./setting-spec.ts";
import { clientCertificatesTable } from "./client-certificates.ts";
import { entryTable } from "./model-list-entry.ts";
import { generalSettingsTable } from "./general-settings.ts";
import { jwtTable } from "./jwt-settings.ts";
import { keyEntryTable } from "./key-entry.ts";
import { passThroughTable } from "./pass-through.ts";
import { litellmParamsTable } from "./litellm-params.ts";
import { litellmSettingsTable } from "./litellm-settings.ts";
import { modelInfoTable } from "./model-info.ts";
import { routerSettingsTable } from "./router-settings.ts";
import { sharedStateTable } from "./shared-state.ts";
import { topLevelTable } from "./top-level.ts";
import { policyNames, type PolicySuffix } from "../values/read-policy.ts";

/** A JSON Schema. */
export type Schema = { readonly [key: string]: JsonValue };

/** @returns The published JSON Schema (draft 2020-12) of a configuration, for editors: the tables of settings and the strategies' arguments. */
export function configSchema(strategies: readonly StrategyPlugin[]): Schema {
  const sections: Record<string, Schema> = {
    model_list: nullable({ type: "array", items: { $ref: "#/$defs/entry" } }),
    router_settings: nullable({ $ref: "#/$defs/router_settings" }),
    litellm_settings: nullable({ $ref: "#/$defs/litellm_settings" }),
    general_settings: nullable({ $ref: "#/$defs/general_settings" }),
    environment_variables: nullable({ type: "object", additionalProperties: { type: ["string", "number", "boolean", "null"] } }),
    keys: nullable({ type: "array", items: { $ref: "#/$defs/key" } }),
    credential_list: nullable({ type: "array", items: { $ref: "#/$defs/credential" } }),
  };
  const names = strategies.flatMap((plugin) => [plugin.name, ...(plugin.aliases ?? [])]);
  const routing: Record<string, Schema> = {
    routing_strategy: nullable({ anyOf: [{ enum: names }, { type: "string", pattern: "^\\.{0,2}/|\\.[cm]?[jt]s$" }, reference] }),
    routing_strategy_args: nullable({ type: "object", properties: strategyArgs(strategies) }),
    model_group_alias: nullable({ type: "object", additionalProperties: alias }),
    default_litellm_params: nullable({ $ref: "#/$defs/default_params" }),
    routing_groups: nullable({ type: "array", items: routingGroup }),
  };
  const required = { required: ["model_name", "litellm_params"] };
  return {
    $schema: "https://json-schema.org/draft/2020-12/schema",
    title: "Huntgroup configuration",
    description: "LiteLLM's configuration as Huntgroup reads it. Settings marked as not acted on yet are tolerated with a warning.",
    ...objectOf(topLevelTable, sections),
    patternProperties: { "^x-": true },
    $defs: {
      reference,
      entry: {
        ...objectOf(entryTable, {
          litellm_params: { $ref: "#/$defs/litellm_params" },
          model_info: nullable({ $ref: "#/$defs/model_info" }),
        }),
        ...required,
      },
      litellm_params: { ...objectOf(litellmParamsTable, {}, true), required: ["model"] },
      default_params: objectOf(litellmParamsTable, {}, true),
      model_info: objectOf(modelInfoTable, {}, true),
      router_settings: objectOf(routerSettingsTable, routing),
      litellm_settings: objectOf(litellmSettingsTable, {}),
      general_settings: objectOf(generalSettingsTable, {
        jwt: nullable({ $ref: "#/$defs/jwt" }),
        client_certificates: nullable(objectOf(clientCertificatesTable, { keys: jwtSchemas["keys"] ?? {} })),
        shared_state: nullable(objectOf(sharedStateTable, {})),
        pass_through_endpoints: nullable({ type: "array", items: { $ref: "#/$defs/pass_through" } }),
        otel: nullable({ anyOf: [{ type: "object" }, ...anyBooleans] }),
      }),
      pass_through: { ...objectOf(passThroughTable, {}), required: ["path", "target"] },
      key: { ...objectOf(keyEntryTable, keyEntrySchemas), required: ["name"] },
      jwt: { ...objectOf(jwtTable, jwtSchemas), required: ["issuer", "audience"] },
      credential,
      status,
      fallbacks,
      retry_policy: policySchema("Retries"),
      allowed_fails_policy: policySchema("AllowedFails"),
    },
  };
}

/** A reference to a variable, which may give any value. */
const reference: Schema = { type: "string", pattern: "os\\.environ/|\\$\\{" };

const alias: Schema = {
  anyOf: [
    { type: "string" },
    { type: "array", items: { type: "string" }, minItems: 1 },
    {
      type: "object",
      properties: {
        model: { anyOf: [{ type: "string" }, { type: "array", items: { type: "string" }, minItems: 1 }] },
        hidden: { type: "boolean" },
      },
      required: ["model"],
      additionalProperties: false,
    },
  ],
};

const routingGroup: Schema = {
  type: "object",
  properties: {
    group_name: { type: ["string", "null"], description: "Another name, for all of them together." },
    models: { anyOf: [{ type: "string" }, { type: "array", items: { type: "string" }, minItems: 1 }], description: "Groups." },
    routing_strategy: { type: "string" },
    routing_strategy_args: { type: ["object", "null"] },
  },
  required: ["models", "routing_strategy"],
};

const credential: Schema = {
  type: "object",
  properties: {
    credential_name: { type: "string" },
    credential_values: { type: "object", description: "litellm_params of the deployments that name this credential." },
    credential_info: { type: ["object", "null"], description: "For people." },
  },
  required: ["credential_name"],
};

/** One status, or a class of statuses. */
const status: Schema = {
  anyOf: [{ type: "integer", minimum: 100, maximum: 599 }, { type: "string", pattern: "^[1-5]([0-9]{2}|[xX]{2})$" }, reference],
};

const keyEntrySchemas: Readonly<Record<string, Schema>> = {
  sha256: nullable({ anyOf: [{ type: "string", pattern: "^\\s*[0-9a-fA-F]{64}\\s*$" }, reference] }),
  budget_duration: nullable({ anyOf: [{ type: "string", pattern: "^[0-9]+(s|m|h|d|mo)$" }, reference] }),
};

const jwtSchemas: Readonly<Record<string, Schema>> = {
  keys: nullable({ type: "object", additionalProperties: { type: "string" } }),
  algorithms: nullable({ type: ["string", "array"], items: { enum: jwtAlgorithms } }),
};

/** A map from a group to its fallbacks. */
const fallbacks: Schema = {
  type: "object",
  additionalProperties: {
    anyOf: [
      { type: "string" },
      {
        type: "array",
        items: {
          anyOf: [
            { type: "string" },
            {
              type: "object",
              description: "A model, and what the request is to say to it in place of what the caller said.",
              properties: { model: { type: "string" } },
              required: ["model"],
            },
          ],
        },
      },
      { type: "null" },
    ],
  },
};

function policySchema(suffix: PolicySuffix): Schema {
  const count = numberSchema("integer", { min: 0 });
  const counts = policyNames(suffix).map((name) => [`${name}${suffix}`, count] as const);
  return { type: "object", properties: Object.fromEntries(counts) };
}

/**
 * @param known Schemas of settings whose value is a structure of its own.
 * @param open Whether names that the table does not have are allowed, as request parameters and notes are.
 */
/** A map with the settings of a table. @param known Schemas of settings whose kind does not say all. @param open Whether others may stand there. */
export function objectOf(table: SettingsTable, known: Readonly<Record<string, Schema>>, open = false): Schema {
  const properties = Object.entries(table).map(([key, spec]) => [key, settingSchema(spec, known[key])] as const);
  return { type: "object", properties: Object.fromEntries(properties), additionalProperties: open };
}

function settingSchema(spec: SettingSpec, known: Schema | undefined): Schema {
  switch (spec.status) {
    case "acted on":
      return {
        description: spec.description,
        ...(spec.default === undefined ? {} : { default: spec.default }),
        ...(known ?? valueSchema(spec)),
      };
    case "information":
      return { description: spec.description };
    case "later":
      return { description: `Known, but not acted on yet: ${spec.description}` };
    case "elsewhere":
      return { description: `Not read here: ${spec.description}.`, deprecated: true };
    default:
      return spec satisfies never;
  }
}

function valueSchema(spec: ActedOnSetting): Schema {
  switch (spec.kind) {
    case "text":
      return { type: ["string", "number", "boolean", "null"] };
    case "number":
    case "seconds":
      return numberSchema("number", spec);
    case "integer":
      return numberSchema("integer", spec);
    case "integer or auto":
      return nullable({ anyOf: [{ const: "auto" }, numberSchema("integer", spec)] });
    case "boolean":
      return nullable(anyBoolean);
    case "names":
    case "text or names":
      return { type: ["string", "array", "null"], items: { type: ["string", "number"] } };
    case "boolean or names":
      return nullable({ anyOf: [anyBoolean, { type: "array", items: { type: "string" } }] });
    case "boolean or text":
      return { type: ["boolean", "string", "null"] };
    case "tags":
      return { type: ["string", "array", "null"], items: { type: ["string", "number"] } };
    case "statuses":
      return nullable({ anyOf: [{ type: "array", items: { $ref: "#/$defs/status" } }, { $ref: "#/$defs/status" }] });
    case "fallbacks":
      return nullable({
        anyOf: [
          { type: "array", items: { anyOf: [{ type: "string" }, { $ref: "#/$defs/fallbacks" }] } },
          { $ref: "#/$defs/fallbacks" },
          { type: "string" },
        ],
      });
    case "retry policy":
      return nullable({ $ref: "#/$defs/retry_policy" });
    case "retry policies":
      return nullable({ type: "object", additionalProperties: nullable({ $ref: "#/$defs/retry_policy" }) });
    case "hedges":
      return nullable({ type: "object", additionalProperties: hedgeSchema });
    case "priorities":
      return nullable({ type: "object", additionalProperties: { type: ["integer", "null"] } });
    case "allowed fails policy":
      return nullable({ $ref: "#/$defs/allowed_fails_policy" });
    case "map":
      return { type: ["object", "null"] };
    case "list":
      return { type: ["array", "null"] };
    case "any":
      return {};
    default:
      return spec.kind satisfies never;
  }
}

const hedgeSchema: Schema = {
  type: "object",
  properties: {
    after: { anyOf: [{ const: "p95" }, { type: "number", minimum: 0 }] },
    max_ratio: { type: "number", minimum: 0, maximum: 1 },
  },
  additionalProperties: false,
};

interface Bounds {
  readonly min?: number;
  readonly above?: number;
  readonly max?: number;
}

const anyBooleans: readonly Schema[] = [
  { type: "boolean" },
  { enum: ["true", "True", "false", "False", "yes", "no", "on", "off"] },
  { $ref: "#/$defs/reference" },
];
const anyBoolean: Schema = { anyOf: anyBooleans };

/** Allows numbers as text too: quoted, from the environment, or with the underscores of YAML 1.1. */
function numberSchema(type: "number" | "integer", { min, above, max }: Bounds): Schema {
  const bounds = {
    ...(min === undefined ? {} : { minimum: min }),
    ...(above === undefined ? {} : { exclusiveMinimum: above }),
    ...(max === undefined ? {} : { maximum: max }),
  };
  const asText = { type: "string", pattern: "^[-+]?[0-9][0-9_]*(\\.[0-9]+)?$" };
  return nullable({ anyOf: [{ type, ...bounds }, asText, { $ref: "#/$defs/reference" }] });
}

function nullable(schema: Schema): Schema {
  return { anyOf: [...(Array.isArray(schema["anyOf"]) ? schema["anyOf"] : [schema]), { type: "null" }] };
}

/** Finds out what each strategy asks for, by having it read arguments that are not there. */
function strategyArgs(strategies: readonly StrategyPlugin[]): Schema {
  const properties = new Map<string, Schema[]>();
  for (const plugin of strategies) {
    const record = (key: string, schema: Schema, description: string) => {
      properties.set(key, [...(properties.get(key) ?? []), { description: `${plugin.name}: ${description}`, ...schema }]);
    };
    plugin.parseConfig(new RecordingReader(record));
  }
  return Object.fromEntries(
    [...properties].map(([key, schemas]) => {
      const [only] = schemas;
      return [key, schemas.length === 1 && only !== undefined ? only : { anyOf: schemas }];
    }),
  );
}

type Recorder = (key: string, schema: Schema, description: string) => void;

class RecordingReader implements ConfigReader {
  readonly #record: Recorder;

  constructor(record: Recorder) {
    this.#record = record;
  }

  number(key: string, options: NumberOption): number {
    const schema = numberSchema(options.integer === true ? "integer" : "number", options);
    this.#record(key, { default: options.default, ...schema }, options.description);
    return options.default;
  }

  boolean(key: string, options: BooleanOption): boolean {
    this.#record(key, { default: options.default, ...nullable(anyBoolean) }, options.description);
    return options.default;
  }

  choice<Choice extends string>(key: string, options: ChoiceOption<Choice>): Choice {
    this.#record(
      key,
      { default: options.default, ...nullable({ anyOf: [{ enum: options.choices }, { $ref: "#/$defs/reference" }] }) },
      options.description,
    );
    return options.default;
  }
}
