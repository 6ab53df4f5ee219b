import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { pathToFileURL } from "node:url";
import type * as DescribeConfig from "../../../src/config/load/describe-config.ts";
import type * as LoadConfig from "../../../src/config/load/load-config.ts";
import type * as ConfigSchema from "../../../src/config/settings/config-schema.ts";
import type * as Documentation from "../../../src/config/settings/setting-documentation.ts";
import type * as RestSettings from "../../../src/rest/router-settings.ts";
import { strategies } from "../../../src/strategies/index.ts";
import { FakeProviders } from "../../config/support/fake-providers.ts";

/**
 * A router setting is one row. In a copy of the sources a row is added, and the field where the router would use it; nothing else is touched.
 * Then the setting is read, defaulted, validated, documented and described, and the compiler sees a row or a field that is missing.
 */
const root = join(import.meta.dirname, "../../..");
const rowsFile = "src/config/settings/router-settings.ts";
const fieldsFile = "src/core/router-settings.ts";

const row = `  patience: routerSetting("patienceMs", seconds, {
    description: "How long a made-up setting waits.",
    default: 3,
    min: 1,
    describe: ({ patienceMs }) => ["patience", inSeconds(patienceMs)],
  }),
`;
const field = "  readonly patienceMs: number;\n";

/** A copy of the sources with lines added at the beginning of the table, and of the fields. */
function copyWith(added: { readonly rows: string; readonly fields: string }): string {
  const copy = mkdtempSync(join(tmpdir(), "huntgroup-setting-"));
  after(() => rmSync(copy, { recursive: true }));
  for (const name of ["src", "gen", "package.json", "tsconfig.json"]) cpSync(join(root, name), join(copy, name), { recursive: true });
  symlinkSync(join(root, "node_modules"), join(copy, "node_modules"));
  addBehind(join(copy, rowsFile), "export const routerSettingsTable = {\n", added.rows);
  addBehind(join(copy, fieldsFile), "export interface RouterSettings {\n", added.fields);
  return copy;
}

function addBehind(file: string, line: string, added: string): void {
  const text = readFileSync(file, "utf8");
  assert.ok(text.includes(line), file);
  writeFileSync(
    file,
    text.replace(line, () => line + added),
  );
}

/** @returns The compiler's complaints about what the settings are made of. */
function complaints(copy: string): string {
  const compiler = join(root, "node_modules/.bin/tsc");
  const project = {
    extends: "./tsconfig.json",
    compilerOptions: { pretty: false },
    files: ["src/config/settings/read-router-settings.ts"],
    include: [],
  };
  writeFileSync(join(copy, "tsconfig.settings.json"), JSON.stringify(project));
  return spawnSync(compiler, ["--project", join(copy, "tsconfig.settings.json")], { encoding: "utf8" }).stdout;
}

const copy = copyWith({ rows: row, fields: field });
const at = (path: string): string => pathToFileURL(join(copy, "src", path)).href;
const { loadConfig } = (await import(at("config/load/load-config.ts"))) as typeof LoadConfig;
const { describeConfig } = (await import(at("config/load/describe-config.ts"))) as typeof DescribeConfig;
const { configSchema } = (await import(at("config/settings/config-schema.ts"))) as typeof ConfigSchema;
const { withSettingReference } = (await import(at("config/settings/setting-documentation.ts"))) as typeof Documentation;
const { routerSettingsList } = (await import(at("rest/router-settings.ts"))) as typeof RestSettings;

function load(line: string) {
  return loadConfig("config.yaml", {
    env: {},
    readFile: () => Promise.resolve(`model_list: []\nrouter_settings:\n  num_retries: 1\n${line}`),
    skipInvalid: false,
    providers: new FakeProviders(),
    strategies,
    importStrategy: () => Promise.reject(new Error("nothing to import")),
  });
}

test("a setting's row has it read, into the field that it names", async () => {
  const { config, problems, warnings } = await load("  patience: 4.5\n");
  assert.deepEqual(problems, []);
  assert.equal(
    warnings.some(({ key }) => key.includes("patience")),
    false,
  );
  assert.partialDeepStrictEqual(config?.source.settings, { patienceMs: 4_500, numRetries: 1 });
});

test("a setting's row gives its default", async () => {
  assert.partialDeepStrictEqual((await load("")).config?.source.settings, { patienceMs: 3_000 });
});

test("a setting's row has it validated, with line and column", async () => {
  const { config, problems } = await load("  patience: 0\n");
  assert.equal(config, undefined);
  assert.deepEqual(
    problems.map(({ line, column, key, message }) => `${line}:${column} ${key}: ${message}`),
    ["4:13 router_settings.patience: must be a number of seconds ≥ 1, not 0"],
  );
});

test("a setting's row documents it: in the JSON Schema, the reference and the list for programs", () => {
  const { router_settings: section } = configSchema(strategies)["$defs"] as unknown as Record<
    string,
    { properties: Record<string, object> }
  >;
  assert.partialDeepStrictEqual(section?.properties["patience"], { description: "How long a made-up setting waits.", default: 3 });
  assert.ok(withSettingReference("").includes("| `patience` | a number of seconds ≥ 1 | `3` | How long a made-up setting waits. |"));
  const listed = routerSettingsList({ router_settings: { patience: 5 } }).fields.find((one) => one.field_name === "patience");
  assert.partialDeepStrictEqual(listed, { field_type: "Float", field_default: 3, field_value: 5 });
});

test("a setting's row has check describe it", async () => {
  const { config } = await load("  patience: 4.5\n");
  assert.match(describeConfig(config ?? assert.fail("it is valid")), /^ {2}patience +4\.5 s$/m);
});

test("the compiler is content with a row and its field, and tells which of the two is missing", () => {
  assert.equal(complaints(copy), "");
  assert.match(complaints(copyWith({ rows: row, fields: "" })), /config\/settings\/router-settings\.ts.*\n.*\n.*"patienceMs"/);
  assert.match(complaints(copyWith({ rows: "", fields: field })), /read-router-settings\.ts.*(?:\n.*)*"patienceMs"/);
});
