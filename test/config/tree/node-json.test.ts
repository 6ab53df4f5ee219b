import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { FindingLog } from "../../../src/config/tree/finding-log.ts";
import { canonicalJson, canonicalNode, nodeToJson } from "../../../src/config/tree/node-json.ts";
import { parseYaml } from "../../../src/config/yaml/parse-yaml.ts";
import { Secrets } from "../../../src/config/secrets/secrets.ts";
import { SourceFile } from "../../../src/config/tree/source-file.ts";

function parsed(text: string) {
  return parseYaml(new SourceFile("config.yaml", text), new FindingLog(), new Secrets()) ?? assert.fail("no YAML");
}

test("a tree's canonical text is that of its JSON", () => {
  fc.assert(
    fc.property(fc.dictionary(fc.string({ minLength: 1 }), fc.jsonValue(), { maxKeys: 6 }), (value) => {
      const tree = parsed(JSON.stringify(value));
      assert.equal(canonicalNode(tree), canonicalJson(nodeToJson(tree)));
    }),
  );
  assert.equal(canonicalNode(parsed("b: .nan\na: -.inf\n10: x\n9: y\n")), '{"10":"x","9":"y","a":null,"b":null}');
});
