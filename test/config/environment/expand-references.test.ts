import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { expandReferences } from "../../../src/config/environment/expand-references.ts";

const variables: Readonly<Record<string, string>> = { NAME: "value", EMPTY: "", OTHER: "${NAME}" };
const lookup = (name: string) => variables[name];

test("references are followed in all their forms", () => {
  const cases: readonly (readonly [string, string, readonly string[]])[] = [
    ["os.environ/NAME", "value", []],
    ["azure/os.environ/NAME", "azure/value", []],
    ["${NAME}", "value", []],
    ["a-${NAME}-${NAME}-b", "a-value-value-b", []],
    ["${NAME:-other}", "value", []],
    ["${EMPTY}", "", []],
    ["${EMPTY:-default}", "default", []],
    ["${NONE:-}", "", []],
    ["${NONE:-openai/gpt-4o-mini}", "openai/gpt-4o-mini", []],
    ["${NONE:-a{b}c}", "a{b}c", []],
    ["${NONE:-${NAME}}", "value", []],
    ["${NONE:-${GONE}}", "", ["GONE"]],
    ["${NONE}/${GONE}", "/", ["NONE", "GONE"]],
    ["os.environ/NONE", "", ["NONE"]],
    // A value is taken as it is: nothing from the environment can make the configuration read more of it.
    ["${OTHER}", "${NAME}", []],
  ];
  for (const [text, expanded, missing] of cases) {
    assert.deepEqual(expandReferences(text, lookup), { text: expanded, missing, referred: true }, text);
  }
});

test("what is no reference stays as it is", () => {
  for (const text of ["", "$NAME", "${not a name}", "${", "${NONE:-unclosed", "{{var}}", "os.environ", "$${NAME}".slice(1, 2)]) {
    assert.deepEqual(
      expandReferences(text, () => undefined),
      { text, missing: [], referred: false },
      text,
    );
  }
  assert.equal(expandReferences("$${NAME}", lookup).text, "${NAME}");
});

test("a text without references never changes", () => {
  fc.assert(
    fc.property(
      fc.string().filter((text) => !text.includes("$") && !text.includes("os.environ")),
      (text) => assert.equal(expandReferences(text, lookup).text, text),
    ),
  );
});
