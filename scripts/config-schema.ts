/**
 * Writes what is generated from the tables of settings: docs/config.schema.json, docs/scenario.schema.json and the reference in docs/configuration.md. With `--check`
 * it writes nothing, and fails when either is stale.
 */
import { readFile, writeFile } from "node:fs/promises";
import { configSchema } from "../src/config/settings/config-schema.ts";
import { withSettingReference } from "../src/config/settings/setting-documentation.ts";
import { scenarioSchema } from "../src/simulation/scenario/scenario-schema.ts";
import { strategies } from "../src/strategies/index.ts";

const schemaFile = new URL("../docs/config.schema.json", import.meta.url);
const scenarioFile = new URL("../docs/scenario.schema.json", import.meta.url);
const referenceFile = new URL("../docs/configuration.md", import.meta.url);

const wanted = [
  { file: schemaFile, text: `${JSON.stringify(configSchema(strategies), null, 2)}\n` },
  { file: scenarioFile, text: `${JSON.stringify(scenarioSchema(), null, 2)}\n` },
  { file: referenceFile, text: withSettingReference(await readFile(referenceFile, "utf8")) },
];
for (const { file, text } of wanted) {
  if (!process.argv.includes("--check")) {
    await writeFile(file, text);
    continue;
  }
  const present = await readFile(file, "utf8").catch(() => "");
  if (present === text) continue;
  process.stderr.write(`${file.pathname} is stale: run node scripts/config-schema.ts\n`);
  process.exitCode = 1;
}
