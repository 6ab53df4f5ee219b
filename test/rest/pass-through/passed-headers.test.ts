import assert from "node:assert/strict";
import { test } from "node:test";
import { requestHeaders, responseHeaders } from "../../../src/rest/pass-through/passed-headers.ts";

test("a target gets a caller's headers without what is the caller's own, and the endpoint's", () => {
  const secret = Object.fromEntries(
    [
      "authorization",
      "x-api-key",
      "api-key",
      "x-goog-api-key",
      "ocp-apim-subscription-key",
      "ocp-apim-trace",
      "x-litellm-api-key",
      "x-litellm-tags",
      "x-huntgroup-tags",
      "cookie",
      "proxy-authorization",
      "proxy-connection",
      "x-forwarded-for",
      "forwarded",
      "x-own-key",
      "x-named",
    ].map((name) => [name, "sk-secret"]),
  );
  const hops = {
    connection: "keep-alive, X-Named",
    "keep-alive": "1",
    te: "trailers",
    trailer: "x",
    "transfer-encoding": "chunked",
    upgrade: "h2c",
    expect: "100-continue",
    host: "here",
  };
  const given = {
    ...secret,
    ...hops,
    ":path": "/x",
    accept: "a/b",
    "content-type": "c/d",
    "content-length": "3",
    "user-agent": "u",
    "x-session": "s",
  };
  assert.deepEqual(requestHeaders(given, { authorization: "Bearer own", accept: "e/f" }, "x-own-key"), {
    accept: "e/f",
    "content-type": "c/d",
    "content-length": "3",
    "user-agent": "u",
    "x-session": "s",
    authorization: "Bearer own",
  });
});

test("a caller gets a target's headers without cookies, and without what is between two servers", () => {
  const given = {
    "content-type": "a/b",
    "content-encoding": "gzip",
    location: "https://elsewhere.example",
    etag: '"x"',
    link: ["<a>", "<b>"],
    "set-cookie": ["a=b"],
    connection: "close, x-hop",
    "x-hop": "1",
    "transfer-encoding": "chunked",
    "proxy-authenticate": "Basic",
    "access-control-allow-origin": "*",
    "alt-svc": "h3",
    "x-strange": "\u20ac",
  };
  assert.deepEqual(responseHeaders(given), {
    "content-security-policy": "sandbox",
    "content-type": "a/b",
    "content-encoding": "gzip",
    location: "https://elsewhere.example",
    etag: '"x"',
    link: "<a>, <b>",
  });
});
