import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { canonicalJson, canonicalNode, nodeToJson } from "../../../src/config/tree/node-json.ts";
import { readYaml } from "../../../src/config/yaml/read-yaml.ts";
import { SourceFile } from "../../../src/config/tree/source-file.ts";

function parsed(text: string) {
  return readYaml(new SourceFile("config.yaml", text)).root ?? assert.fail("no YAML");
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
