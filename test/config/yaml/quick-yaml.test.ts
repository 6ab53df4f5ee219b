import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import fc from "fast-check";
import type { ConfigNode } from "../../../src/config/tree/config-node.ts";
import { FindingLog } from "../../../src/config/tree/finding-log.ts";
import { parseFully, parseYaml } from "../../../src/config/yaml/parse-yaml.ts";
import { quickYaml } from "../../../src/config/yaml/quick-yaml.ts";
import { Secrets } from "../../../src/config/secrets/secrets.ts";
import { SourceFile } from "../../../src/config/tree/source-file.ts";

/** A tree without what differs by purpose: where a map or a list ends, which nobody asks. */
function shape(node: ConfigNode | undefined): unknown {
  switch (node?.kind) {
    case "map":
      return {
        at: node.at.start,
        map: [...node.entries.values()].map(({ key, keyAt, value }) => [key, keyAt.start, keyAt.end, shape(value)]),
      };
    case "list":
      return { at: node.at.start, list: node.items.map(shape) };
    case "scalar":
      return { ...node, at: [node.at.start, node.at.end] };
    default:
      return undefined;
  }
}

function read(text: string, parse: typeof parseYaml): unknown {
  const file = new SourceFile("config.yaml", text);
  const log = new FindingLog();
  const tree = parse(file, log, new Secrets());
  const shown = text
    .split("\n")
    .map((_, line) => file.shownLine(text.split("\n").slice(0, line).join("\n").length + Number(line > 0)).text);
  return { tree: shape(tree), shown, problems: log.problems.length, warnings: log.warnings.map(({ message }) => message) };
}

function assertSame(text: string): void {
  assert.deepEqual(read(text, parseYaml), read(text, parseFully), text);
}

const root = join(import.meta.dirname, "../../..");

for (const name of readdirSync(join(root, "examples")).filter((name) => name.endsWith(".yaml"))) {
  test(`reads examples/${name} as the library does`, () => assertSame(readFileSync(join(root, "examples", name), "utf8")));
}

const known: readonly string[] = [
  "model_list:\n  - model_name: a\n    litellm_params:\n      model: openai/gpt-4o # with a comment\n      api_key: sk-secret\n      rpm: 100\n",
  "model_list:\n- model_name: a\n- model_name: b\nother: 1\n",
  "a: 1_000\nb: 0x1F\nc: 1e3\nd: .5\ne: ~\nf: null\ng: yes\nh: 'on'\ni: \"1\"\n",
  "a: no\nb: True\nc: 3.10\nd: -5\ne: +5\nf: 0o17\ng: 2024-01-01\nh: 10:30\ni: .inf\nj: os.environ/KEY\nk: http://host:80/v1\n",
  "a:\n  b:\n    c:\n    - d\n    - e: 1\n      f: 2\n  g: h#i\n",
  "a: twice\na: again\n",
  "a: ---\nb: ...\nc:\n  - ---\n  - -1\n",
  "# only a comment\n\na: b # c\n\n\n# end",
];
for (const [index, text] of known.entries())
  test(`reads plain text ${index + 1} by itself, as the library does`, () => {
    assert.notEqual(quickYaml(new SourceFile("config.yaml", text)), undefined);
    assertSame(text);
  });

/** What is YAML, or is not, in ways that only the library knows. */
const left: readonly string[] = [
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
for (const text of left) {
  test(`leaves ${JSON.stringify(text)} to the library`, () => {
    assert.equal(quickYaml(new SourceFile("config.yaml", text)), undefined);
    assertSame(text);
  });
}

test("reads whatever it reads as the library does", () => {
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
  let quick = 0;
  fc.assert(
    fc.property(fc.array(line, { maxLength: 7 }), (lines) => {
      const text = lines
        .map(
          ({ indent, items, name: key, value: own }) =>
            `${"  ".repeat(indent)}${"- ".repeat(items)}${key === null ? "" : `${key}: `}${own}\n`,
        )
        .join("");
      if (quickYaml(new SourceFile("config.yaml", text)) === undefined) return;
      quick += 1;
      assertSame(text);
    }),
    { numRuns: 20_000 },
  );
  assert.ok(quick > 200, `${quick} were read`);
});
