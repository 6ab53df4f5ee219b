import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { dropEndlessTimeout } from "../../../src/rpc/kit/endless-timeout.ts";

describe("a timeout", () => {
  const cases: readonly (readonly [name: string, value: string, kept: boolean])[] = [
    ["grpc-timeout", "99999999H", false],
    ["grpc-timeout", "597H", false],
    ["grpc-timeout", "596H", true],
    ["grpc-timeout", "99999999M", false],
    ["grpc-timeout", "2147484S", false],
    ["grpc-timeout", "2147483S", true],
    ["grpc-timeout", "99999999m", true],
    ["grpc-timeout", "99999999n", true],
    ["grpc-timeout", "nonsense", true],
    ["connect-timeout-ms", "2147483648", false],
    ["connect-timeout-ms", "2147483647", true],
    ["connect-timeout-ms", "-1", true],
    ["connect-timeout-ms", "1e99", true],
  ];
  for (const [name, value, kept] of cases) {
    test(`of ${value} in ${name} is ${kept ? "kept" : "none"}`, () => {
      const header = new Headers({ [name]: value });
      dropEndlessTimeout(header);
      assert.equal(header.get(name), kept ? value : null);
    });
  }
});
