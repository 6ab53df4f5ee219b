import assert from "node:assert/strict";
import { test } from "node:test";
import { withQuery } from "../../../src/formats/kit/with-query.ts";

for (const [what, path, query, expected] of [
  ["a path alone", "/files/a", "", "/files/a"],
  ["a caller's query alone", "/files/a?limit=2", "", "/files/a?limit=2"],
  ["a host's query alone", "/files/a", "?api-version=v1", "/files/a?api-version=v1"],
  ["both", "/files/a?limit=2&order=asc", "?api-version=v1&x=y", "/files/a?limit=2&order=asc&api-version=v1&x=y"],
  ["what a caller says of the host's", "/files/a?api-version=odd&limit=2", "?api-version=v1", "/files/a?limit=2&api-version=v1"],
  ["the same, spelled otherwise", "/files/a?api%2Dversion=odd&API-Version=odd&api-version", "?api-version=v1", "/files/a?api-version=v1"],
  ["a caller's that stay as they are spelled", "/a?include[]=x&include[]=%20y&&", "?v=1", "/a?include[]=x&include[]=%20y&v=1"],
] as const) {
  test(`${what}: ${path} and ${query || "nothing"} are ${expected}`, () => {
    assert.equal(withQuery(path, query), expected);
  });
}
