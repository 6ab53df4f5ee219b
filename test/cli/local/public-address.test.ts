import assert from "node:assert/strict";
import { test } from "node:test";
import { isLoopback } from "../../../src/cli/local/public-address.ts";

test("only addresses that stay on this machine are loopback", () => {
  for (const host of ["127.0.0.1", "127.8.9.1", "::1", "localhost", "LOCALHOST"]) assert.equal(isLoopback(host), true, host);
  for (const host of ["0.0.0.0", "::", "10.0.0.1", "192.168.1.1", "example.com", "128.0.0.1", "localhost.example.com"])
    assert.equal(isLoopback(host), false, host);
});
