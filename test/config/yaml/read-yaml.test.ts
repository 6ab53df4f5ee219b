import assert from "node:assert/strict";
import { test } from "node:test";
import { FindingLog } from "../../../src/config/tree/finding-log.ts";
import { nodeToJson } from "../../../src/config/tree/node-json.ts";
import { readYaml } from "../../../src/config/yaml/read-yaml.ts";
import { takeIn } from "../../../src/config/yaml/yaml-file.ts";
import { Secrets } from "../../../src/config/secrets/secrets.ts";
import { SourceFile } from "../../../src/config/tree/source-file.ts";

function parse(text: string) {
  const log = new FindingLog();
  const file = new SourceFile("f.yaml", text);
  const node = takeIn(readYaml(file), log, new Secrets());
  return { json: node === undefined ? undefined : nodeToJson(node), log, file };
}

test("merge keys follow aliases, lists of them and merges within merges; own keys and earlier sources win", () => {
  const text = ["a: &a {k: 1, z: 3}", "b: &b {<<: *a, k: 2, y: 4}", "m:", "  <<: [*b, *a]", "  w: 5", "  y: 6"].join("\n");
  assert.deepEqual(parse(text).json, { a: { k: 1, z: 3 }, b: { k: 2, z: 3, y: 4 }, m: { k: 2, z: 3, w: 5, y: 6 } });
});

test("a key given twice counts as written last, with a warning that names the first", () => {
  const { json, log } = parse("s: {a: 1}\nt: 1\ns: {b: 2}\n");
  assert.deepEqual(json, { s: { b: 2 }, t: 1 });
  assert.deepEqual(
    log.warnings.map(({ key, message }) => [key, message]),
    [["s", "given twice (first on line 1); the last one counts, so merge the two"]],
  );
});

test("a number with underscores is a number unless it is quoted", () => {
  assert.deepEqual(parse("a: 80_000\nb: '80_000'\nc: 1_0.5\nd: _1\ne: a_1").json, { a: 80_000, b: "80_000", c: 10.5, d: "_1", e: "a_1" });
});

test("broken YAML, a second document, a lost alias and an anchor in itself are problems with a place", () => {
  const cases: readonly (readonly [string, number, RegExp])[] = [
    ["a: b: c", 1, /^not valid YAML: Nested mappings/],
    ["a: 1\n---\nb: 2", 2, /a second YAML document/],
    ["a: 1\nb: *nope", 2, /\*nope refers to no anchor|nope/],
    ["a: &x\n  b: *x", 2, /contains itself/],
    ["<<: 3", 1, /merges a map/],
    ["? [a, b]\n: 1", 1, /a key must be a plain name/],
  ];
  for (const [text, line, message] of cases) {
    const { log, file } = parse(text);
    const [first] = log.problems;
    assert.match(first?.message ?? "", message, text);
    assert.equal(file.position(first?.at.start ?? -1).line, line, text);
  }
});

test("aliases that unfold without bound are refused", () => {
  const levels = Array.from({ length: 12 }, (_, level) => `l${level + 1}: &l${level + 1} [${Array(9).fill(`*l${level}`).join(", ")}]`);
  const { log } = parse(["l0: &l0 [x, x, x]", ...levels].join("\n"));
  assert.match(log.problems[0]?.message ?? "", /unfold to more than/);
});

test("what stands under a secret key is hidden, also when it came there by an alias", () => {
  const text = "x-key: &k hunter2-hunter2\nm: {api_key: *k, nested: {client_secret: [abc, def]}}\nopen: os.environ/X";
  const { file } = parse(text);
  assert.equal(file.shownLine(0).text, "x-key: &k ***");
  assert.equal(file.shownLine(text.indexOf("m:")).text, "m: {api_key: *k, nested: {client_secret: [***, ***]}}");
});
