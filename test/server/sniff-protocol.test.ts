import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { sniffProtocol } from "../../src/server/sniff-protocol.ts";

const preface = Buffer.from("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");

test("the HTTP/2 preface is recognised as soon as nothing else could begin like it, and not before", () => {
  for (let length = 0; length < preface.length; length++) {
    assert.equal(sniffProtocol(preface.subarray(0, length)), length < 16 ? undefined : "http2", `after ${length} bytes`);
  }
});

for (const head of ["G", "POST / HTTP/1.1\r\n", "PUT", "PROPFIND", "PRI /", "PRI * HTTP/1.1\r\n", "\r\n", "\0"]) {
  test(`${JSON.stringify(head)} is HTTP/1's`, () => {
    assert.equal(sniffProtocol(Buffer.from(head)), "http1");
  });
}

test("methods that begin like the preface are told from it by the first letter that differs", () => {
  assert.equal(sniffProtocol(Buffer.from("P")), undefined);
  assert.equal(sniffProtocol(Buffer.from("PO")), "http1");
  assert.equal(sniffProtocol(Buffer.from("PR")), undefined);
  assert.equal(sniffProtocol(Buffer.from("PRO")), "http1");
});

test("a TLS handshake is recognised by its first byte", () => {
  assert.equal(sniffProtocol(Buffer.from([0x16, 0x03, 0x01])), "tls");
});

test("once told, more bytes never tell otherwise", () => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 1 }), fc.uint8Array(), (head, more) => {
      const told = sniffProtocol(head);
      if (told !== undefined) assert.equal(sniffProtocol(Buffer.concat([head, more])), told);
    }),
  );
});
