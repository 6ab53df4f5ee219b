import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { readTls } from "../../../src/cli/local/read-tls.ts";

function fixture(name: string): string {
  return join(import.meta.dirname, "../../fixtures/tls", name);
}

const [cert, key, nowhere] = ["cert.pem", "key.pem", "nope.pem"].map(fixture) as [string, string, string];

function read(tlsCertFile: string | undefined, tlsKeyFile: string | undefined): ReturnType<typeof readTls> {
  return readTls(
    { tlsCertFile, tlsKeyFile, tlsClientCaFile: undefined, tlsClientAuth: undefined },
    { readFile: (path) => readFile(path, "utf8") },
  );
}

for (const { what, files, message } of [
  { what: "a certificate that is missing", files: [nowhere, key], message: /^--tls-cert .*nope\.pem cannot be read \(ENOENT\)/ },
  { what: "a key that is missing", files: [cert, nowhere], message: /^--tls-key .*nope\.pem cannot be read/ },
  { what: "a key for a certificate", files: [key, cert], message: /^--tls-cert .*key\.pem holds no PEM certificate .*swapped\?/ },
  { what: "a certificate for a key", files: [cert, cert], message: /^--tls-key .*cert\.pem holds no PEM private key/ },
] as const) {
  test(`${what} is named`, async () => {
    const refused = await read(...files);
    assert.ok(refused instanceof Error);
    assert.match(refused.message, message);
  });
}

test("a certificate and its key are read; without either there is no TLS", async () => {
  assert.deepEqual(await read(cert, key), { cert: await readFile(cert, "utf8"), key: await readFile(key, "utf8") });
  assert.equal(await read(undefined, undefined), undefined);
});

for (const { what, file, message } of [
  { what: "that is missing", file: nowhere, message: /^--tls-client-ca .*nope\.pem cannot be read \(ENOENT\)/ },
  { what: "that holds no certificate", file: key, message: /^--tls-client-ca .*key\.pem holds no PEM certificate/ },
]) {
  test(`a file of clients' authorities ${what} is named`, async () => {
    const options = { tlsCertFile: cert, tlsKeyFile: key, tlsClientCaFile: file, tlsClientAuth: undefined };
    const refused = await readTls(options, { readFile: (path) => readFile(path, "utf8") });
    assert.ok(refused instanceof Error);
    assert.match(refused.message, message);
  });
}
