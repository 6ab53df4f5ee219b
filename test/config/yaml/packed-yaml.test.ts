import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import fc from "fast-check";
import { SourceFile } from "../../../src/config/tree/source-file.ts";
import { packYaml, unpackYaml } from "../../../src/config/yaml/packed-yaml.ts";
import { readYaml } from "../../../src/config/yaml/read-yaml.ts";

/** What is packed, sent to another thread and unpacked there is what was read. */
function assertSurvives(text: string): void {
  const yaml = readYaml(new SourceFile("config.yaml", text));
  const unpacked = unpackYaml(new SourceFile("config.yaml", text), structuredClone(packYaml(yaml)));
  assert.deepEqual(unpacked, yaml, text);
  for (let at = 0; at !== -1; at = text.indexOf("\n", at + 1)) assert.deepEqual(unpacked.file.shownLine(at), yaml.file.shownLine(at));
}

const root = join(import.meta.dirname, "../../..");

for (const name of readdirSync(join(root, "examples")).filter((name) => name.endsWith(".yaml"))) {
  test(`packs examples/${name}`, () => assertSurvives(readFileSync(join(root, "examples", name), "utf8")));
}

const plain: readonly string[] = [
  "model_list:\n  - model_name: a\n    litellm_params:\n      model: openai/gpt-4o # with a comment\n      api_key: sk-secret\n      rpm: 100\n",
  "model_list:\n- model_name: a\n- model_name: b\nother: 1\n",
  "a: 1_000\nb: 0x1F\nc: 1e3\nd: .5\ne: ~\nf: null\ng: yes\nh: 'on'\ni: \"1\"\n",
  "a: no\nb: True\nc: 3.10\nd: -5\ne: +5\nf: 0o17\ng: 2024-01-01\nh: 10:30\ni: .inf\nj: os.environ/KEY\nk: http://host:80/v1\n",
  "a:\n  b:\n    c:\n    - d\n    - e: 1\n      f: 2\n  g: h#i\n",
  "a: twice\na: again\n",
  "a: ---\nb: ...\nc:\n  - ---\n  - -1\n",
  "# only a comment\n\na: b # c\n\n\n# end",
];
/** The odder parts of YAML, and what is none. */
const odd: readonly string[] = [
  "a: [1, 2]\n",
  "a: {b: c}\n",
  "a: |\n  text\n",
  "a: >-\n  text\n",
  "a: &anchor b\nc: *anchor\n",
  "a:\n  <<: {b: 1}\n",
  "a: one\n  two\n",
  "a:\n",
  "a: 'it''s'\n",
  'a: "\\n"\n',
  "a: b: c\n",
  "\ta: b\n",
  "a: b\r\nc: d\r\n",
  "---\na: b\n",
  "a: b\n---\nc: d\n",
  "? a\n: b\n",
  "- - a\n",
  "a: @b\n",
  "true: b\n",
  "1: b\n",
  "a: !tag b\n",
  "a: b\n c: d\n",
  "  a: b\nc: d\n",
  "a:\n    b: c\n  d: e\n",
  "plain\n",
  "",
  "- a\nb: c\n",
  "a: -\n",
  "a: %b\n",
];

for (const text of [...plain, ...odd]) test(`packs ${JSON.stringify(text)}`, () => assertSurvives(text));

test("packs whatever is read", () => {
  const name = fc.constantFrom("model_list", "model", "api_key", "rpm", "a", "b.c", "null", "on", "x-y", "<<");
  const value = fc.oneof(
    fc.constantFrom(
      "1",
      "-",
      "~",
      "- a",
      "a: b",
      "a #b",
      "a#b",
      "#c",
      "'q'",
      '"q"',
      "'q",
      "sk-secret",
      "os.environ/A",
      "1_0",
      "[a]",
      "*a",
      "",
    ),
    fc.string({ unit: fc.constantFrom("a", "1", ".", "-", ":", " ", "#", "'", '"', "_", "é", "+", "{", "&", "~") }),
  );
  const line = fc.record({ indent: fc.nat(3), items: fc.nat(2), name: fc.option(name), value });
  fc.assert(
    fc.property(fc.array(line, { maxLength: 7 }), (lines) => {
      const text = lines
        .map(
          ({ indent, items, name: key, value: own }) =>
            `${"  ".repeat(indent)}${"- ".repeat(items)}${key === null ? "" : `${key}: `}${own}\n`,
        )
        .join("");
      assertSurvives(text);
    }),
    { numRuns: 2_000 },
  );
});
