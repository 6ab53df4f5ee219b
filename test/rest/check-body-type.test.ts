import assert from "node:assert/strict";
import { test } from "node:test";
import { checkBodyType } from "../../src/rest/check-body-type.ts";

const types: readonly (readonly [type: string | undefined, passes: boolean, passesFromUnknownPage: boolean])[] = [
  ["application/json", true, true],
  ["application/json; charset=utf-8", true, true],
  ["Application/JSON;charset=utf-8", true, true],
  ["application/vnd.api+json", true, true],
  [undefined, true, false],
  ["text/plain;charset=UTF-8", true, false],
  ["application/x-www-form-urlencoded", false, false],
  ["multipart/form-data; boundary=x", false, false],
  ["text/html", false, false],
  ["application/jsonp", false, false],
  ["", false, false],
];

for (const [type, passes, passesFromUnknownPage] of types) {
  for (const [fromUnknownPage, expected] of [
    [false, passes],
    [true, passesFromUnknownPage],
  ] as const) {
    const whence = fromUnknownPage ? "an unknown web page" : "a program";
    test(`a body of type ${type ?? "(none)"} from ${whence} is ${expected ? "taken" : "refused, naming application/json"}`, () => {
      const headers = type === undefined ? {} : { "content-type": type };
      const problem = checkBodyType(headers, fromUnknownPage);
      if (expected) assert.equal(problem, undefined);
      else assert.match(problem ?? "", /content-type: application\/json/);
    });
  }
}

test("a compressed body is refused by its encoding's name, and identity is none", () => {
  const json = { "content-type": "application/json" };
  assert.match(checkBodyType({ ...json, "content-encoding": "gzip" }, false) ?? "", /content-encoding "gzip"/);
  assert.equal(checkBodyType({ ...json, "content-encoding": "identity" }, false), undefined);
});
