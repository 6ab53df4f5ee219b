import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { test } from "node:test";
import { SourceFile } from "../../../src/config/tree/source-file.ts";
import { readYaml } from "../../../src/config/yaml/read-yaml.ts";
import { YamlParser } from "../../../src/config/yaml/yaml-parser.ts";
import { load } from "../support/load.ts";

const entries = Array.from(
  { length: 5_000 },
  (_, index) => `  - {model_name: g, litellm_params: {model: openai/m-${index}, api_key: sk-${index}-secret}}\n`,
);
const long = `model_list:\n${entries.join("")}`;

test("a long file is parsed on another thread, into the same as in place", async () => {
  const { yaml, packed } = await new YamlParser().parse("config.yaml", long);
  assert.notEqual(packed, undefined);
  assert.deepEqual(yaml, readYaml(new SourceFile("config.yaml", long)));
});

test("other work goes on while a long file is parsed", async () => {
  const turned = new Promise((resolve) => void setImmediate(resolve, "a turn"));
  const parsed = new YamlParser().parse("config.yaml", long).then(() => "the file");
  assert.equal(await Promise.race([turned, parsed]), "a turn");
  await parsed;
});

test("a long file is parsed in place where threads are forbidden", () => {
  const parser = join(import.meta.dirname, "../../../src/config/yaml/yaml-parser.ts");
  const code = `import { YamlParser } from ${JSON.stringify(parser)};
    const { yaml, packed } = await new YamlParser().parse("config.yaml", "a: " + "b".repeat(300_000));
    console.log(yaml.root.kind, packed);`;
  const flags = ["--permission", "--allow-fs-read=*", "--input-type=module", "--eval", code];
  const { stdout, stderr } = spawnSync(process.execPath, flags, { encoding: "utf8" });
  assert.equal(stdout.trim(), "map undefined", stderr);
});

test("a short file is parsed in place", async () => {
  const { yaml, packed } = await new YamlParser().parse("config.yaml", "model_list: []\n");
  assert.equal(packed, undefined);
  assert.deepEqual(yaml, readYaml(new SourceFile("config.yaml", "model_list: []\n")));
});

test("the same text is parsed once, and another text anew", async () => {
  const parser = new YamlParser();
  const first = await parser.parse("config.yaml", "a: 1\n");
  assert.equal(await parser.parse("config.yaml", "a: 1\n"), first);
  assert.notEqual(await parser.parse("other.yaml", "a: 1\n"), first);
  assert.notEqual(await parser.parse("config.yaml", "a: 2\n"), first);
});

test("a load finds in a file that another thread has parsed what it finds in one of its own, secrets hidden", async () => {
  const parser = new YamlParser();
  const text = `${long}router_settings: {num_retries: -1, timeout: 80_000}\nrouter_settings: {num_retries: -2, api_key: sk-hidden-here}\n`;
  const here = await load(text);
  const there = await load(text, { parse: (path, content) => parser.parse(path, content) });
  assert.deepEqual([there.problems, there.warnings], [here.problems, here.warnings]);
  assert.equal(JSON.stringify([here.problems, here.warnings]).includes("sk-hidden-here"), false);
  const third = await load(text, { packed: there.packed, parse: () => assert.fail("it is parsed already") });
  assert.deepEqual([third.problems, third.warnings], [here.problems, here.warnings]);
  const broken = await load(`${long}a: b: c\n`, { parse: (path, content) => parser.parse(path, content) });
  assert.deepEqual(broken.problems, (await load(`${long}a: b: c\n`)).problems);
  assert.equal(broken.problems.length, 1);
});
