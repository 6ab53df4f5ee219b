import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import type { PassThroughEndpoint } from "../../../src/config/read/read-pass-through.ts";
import { findEndpoint, targetPath } from "../../../src/rest/pass-through/target-path.ts";
import { propertyRuns } from "../../support/property-runs.ts";

const usual: PassThroughEndpoint = {
  path: "/search",
  origin: "https://target.example",
  targetPath: "/base/api",
  query: [],
  defaultQuery: [],
  headers: {},
  hasSubpaths: true,
  needsKey: true,
  methods: ["GET"],
  timeoutMs: 1,
};

/** What a request for a path comes to at the target. */
function pathAt(path: string, query = "", over: Partial<PassThroughEndpoint> = {}): string | undefined {
  const found = findEndpoint([{ ...usual, ...over }], path);
  assert.ok(found, path);
  return targetPath(found, query);
}

for (const [path, expected] of [
  ["/search", "/base/api"],
  ["/search/", "/base/api/"],
  ["/search/a/b", "/base/api/a/b"],
  ["/search//a///b", "/base/api/a/b"],
  ["/search/a%20b/%E2%82%AC/~x@y:1", "/base/api/a%20b/%E2%82%AC/~x@y:1"],
  ["/search/a..b/...", "/base/api/a..b/..."],
  ["/search/50%25", "/base/api/50%25"],
  ["/search/%C3%A9%25C3", "/base/api/%C3%A9%25C3"],
] as const) {
  test(`a request for ${path} comes to ${expected}`, () => assert.equal(pathAt(path), expected));
}

for (const subpath of [
  "/..",
  "/../x",
  "/a/../../x",
  "/./a",
  "/%2e%2e/x",
  "/%2E./x",
  "/.%2e/x",
  "/%252e%252e/x",
  "/%25252e%25252e/x",
  "/%2525252525252e%2525252525252e/x",
  "/a%2f..%2f..%2fx",
  "/a%2F%2e%2e%2Fx",
  "/a%252f%252e%252e",
  "/..%5c..%5cx",
  "/..\\x",
  "/a\\..\\x",
  "/%5c%5chost/x",
  "/%2f%2fhost/x",
  "/a%2f%2fb",
  "/..;/x",
  "/..;a=b/x",
  "/.;/x",
  "/%2e%2e%3b/x",
  "/..%20/x",
  "/..%00/x",
  "/%0d%0aHost:%20x",
  "/%zz",
  "/%c0%ae%c0%ae/x",
  "/%u002e%u002e/x",
  "/a b",
  "/é",
  '/"x"',
]) {
  test(`${JSON.stringify(subpath)} behind an endpoint's path goes nowhere`, () => assert.equal(pathAt(`/search${subpath}`), undefined));
}

test("whatever stands behind an endpoint's path, no reader of it leaves the target's", () => {
  const piece = fc.constantFrom("..", ".", "/", "%2e", "%2f", "%5c", "%25", "\\", ";", "a", "//", "2e", "%", "%32%65", " ");
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 8 }), (pieces) => {
      const path = pathAt(`/search/${pieces.join("")}`);
      let read = path;
      for (let count = 0; read !== undefined && count < 8; count++) {
        const url = new URL(read.replaceAll("\\", "/"), "https://target.example");
        assert.equal(url.host, "target.example");
        assert.ok(url.pathname.startsWith("/base/api"), `${path} read as ${url.pathname}`);
        const text = read;
        read = text.replaceAll(/%([0-9a-f]{2})/gi, (_whole, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
        if (read === text) break;
      }
    }),
    propertyRuns(500),
  );
});

test("an endpoint without subpaths is asked for at its own path alone, and none at a path that only begins like it", () => {
  for (const path of ["/search/a", "/searching", "/sea", "/other"])
    assert.equal(findEndpoint([{ ...usual, hasSubpaths: false }], path), undefined, path);
  assert.equal(findEndpoint([usual], "/searching"), undefined);
});

test("of two endpoints, the one of the longer path is asked", () => {
  const longer = { ...usual, path: "/search/deep", targetPath: "/deep" };
  const found = findEndpoint([longer, usual], "/search/deep/x");
  assert.equal(found && targetPath(found, ""), "/deep/x");
});

test("a query goes on as it came, and replaces nothing of the target's own", () => {
  assert.equal(pathAt("/search", "?a=1&b=%20x&c"), "/base/api?a=1&b=%20x&c");
  assert.equal(pathAt("/search", "?a=#b"), "/base/api?a=%23b");
  const own = { query: [["key", "secret"]], defaultQuery: [["limit", "5"]] } as const;
  assert.equal(pathAt("/search", "", own), "/base/api?key=secret&limit=5");
  assert.equal(pathAt("/search", "?key=mine&limit=9&q=a+b", own), "/base/api?key=secret&limit=9&q=a+b");
  assert.equal(pathAt("/search", "", { targetPath: "" }), "/");
});
