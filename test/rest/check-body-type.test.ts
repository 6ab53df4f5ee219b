import assert from "node:assert/strict";
import { test } from "node:test";
import { checkBodyType, checkFormType, checkNoBody } from "../../src/rest/check-body-type.ts";

const types: readonly (readonly [type: string | undefined, passes: boolean, passesFromUnknownPage: boolean])[] = [
  ["application/json", true, true],
  ["application/json; charset=utf-8", true, true],
  ["Application/JSON;charset=utf-8", true, true],
  ['application/json; charset="UTF-8"', true, true],
  ["application/json; charset = utf8 ; x=y", true, true],
  ["application/json;charset=US-ASCII", true, true],
  ['application/json; note="; charset=utf-16"', true, true],
  ["application/json; charset=utf-16", false, false],
  ["application/json; x=y; Charset=ISO-8859-1", false, false],
  ['application/json;charset="utf-16le"', false, false],
  ["application/json; charset=utf-8; charset=utf-16", false, false],
  ["application/json; charset=", false, false],
  ["text/plain; charset=utf-16", false, false],
  ["application/vnd.api+json", true, true],
  [undefined, true, false],
  ["text/plain;charset=UTF-8", true, false],
  ["application/x-www-form-urlencoded", true, false],
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

test("a body in another charset is refused by its name, with what is wanted", () => {
  assert.equal(
    checkBodyType({ "content-type": "application/json; charset=utf-16" }, false),
    'Request bodies with charset "utf-16" are not supported: send the JSON as UTF-8, with the header "content-type: application/json".',
  );
});

const form = "multipart/form-data; boundary=x";
const pages: readonly (readonly [headers: Readonly<Record<string, string>>, fromUnknownPage: boolean, passes: boolean])[] = [
  [{ "content-type": form }, false, true],
  [{ "content-type": `${form}; charset=utf-8` }, false, true],
  [{ "content-type": "multipart/form-data" }, false, false],
  [{ "content-type": "application/json" }, false, true],
  [{ "content-type": "application/json", origin: "https://evil.example", host: "127.0.0.1:4000" }, true, true],
  [{ "content-type": "text/plain" }, false, false],
  [{}, false, false],
  [{ "content-type": form, origin: "https://evil.example", host: "127.0.0.1:4000" }, true, false],
  [{ "content-type": form, origin: "null", host: "127.0.0.1:4000" }, true, false],
  [{ "content-type": form, origin: "https://app.example", host: "127.0.0.1:4000" }, false, true],
  [{ "content-type": form, origin: "http://127.0.0.1:4000", host: "127.0.0.1:4000" }, true, true],
];

for (const [headers, fromUnknownPage, passes] of pages) {
  test(`a form with ${JSON.stringify(headers)} ${passes ? "passes" : "is refused"}${fromUnknownPage ? ", from a page of unknown origin" : ""}`, () => {
    assert.equal(checkFormType(headers, fromUnknownPage) === undefined, passes);
  });
}

const http2Page = { origin: "http://127.0.0.1:4000", ":authority": "127.0.0.1:4000" };

test("a form and a request without a body pass over HTTP/2 from a page of this very host", () => {
  assert.equal(checkFormType({ ...http2Page, "content-type": form }, true), undefined);
  assert.equal(checkNoBody("POST", http2Page, true), undefined);
});

const evil = { origin: "https://evil.example", host: "127.0.0.1:4000" };
for (const { method = "POST", headers, fromUnknownPage = true, passes } of [
  { headers: evil, passes: false },
  { headers: { ...evil, "content-type": "text/plain" }, passes: false },
  { headers: { ...evil, "content-type": form }, passes: false },
  { headers: { ...evil, origin: "null" }, passes: false },
  { headers: { ...evil, "content-type": "application/json" }, passes: true },
  { method: "GET", headers: evil, passes: true },
  { method: "DELETE", headers: evil, passes: true },
  { headers: { origin: "http://127.0.0.1:4000", host: "127.0.0.1:4000" }, passes: true },
  { headers: { origin: "https://app.example", host: "127.0.0.1:4000" }, fromUnknownPage: false, passes: true },
  { headers: {}, fromUnknownPage: false, passes: true },
]) {
  test(`a ${method} without a body and with ${JSON.stringify(headers)} ${passes ? "passes" : "is refused"}`, () => {
    assert.equal(checkNoBody(method, headers, fromUnknownPage) === undefined, passes);
  });
}
