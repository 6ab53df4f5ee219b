import assert from "node:assert/strict";
import { test } from "node:test";
import { parseHttpAddress } from "../../src/lib/http-address.ts";

const numbered: readonly (readonly [text: string, origin: string, hostname: string, port: string, rest: string])[] = [
  ["http://qwen3.6:8000/v1", "http://qwen3.6:8000", "qwen3.6", "8000", "/v1"],
  ["http://QWEN3.6/v1?a=b", "http://qwen3.6", "qwen3.6", "", "/v1?a=b"],
  ["https://llama-3.1:443/", "https://llama-3.1", "llama-3.1", "", "/"],
  ["http://gpu_1.model.0x1f:80", "http://gpu_1.model.0x1f", "gpu_1.model.0x1f", "", "/"],
  ["http://user:pass@qwen2.5:1/x", "http://qwen2.5:1", "qwen2.5", "1", "/x"],
];

test("a host whose last label is a number is taken as a name", () => {
  for (const [text, origin, hostname, port, rest] of numbered) {
    const address = parseHttpAddress(text);
    assert.ok(address, text);
    assert.deepEqual([address.origin, address.hostname, address.port, address.pathname + address.search], [origin, hostname, port, rest]);
  }
});

test("every other address is what the platform makes of it", () => {
  for (const text of [
    "http://gpu:8000/v1",
    "https://[::1]:1/a?b",
    "http://10.1:80/",
    "http://3.6/",
    "https://api.example.com",
    "http://0x7f.1/",
  ]) {
    assert.deepEqual(parseHttpAddress(text)?.origin, new URL(text).origin);
  }
});

test("what is no address stays none", () => {
  const wrong = [
    "",
    "qwen3.6:8000",
    "http://",
    "http://1.2.3.999/",
    "http://a..6/",
    "http://-a.6/",
    "http://qwen3.6:99999/",
    "http://qwen 3.6/",
  ];
  for (const text of [...wrong, "ftp://qwen3.6/", "mock://x", "http://qwen3.6\\@evil/", "http://a b.6", "http://0xq.6.0x"]) {
    if (URL.canParse(text) && /^https?:/.test(text)) continue;
    assert.equal(parseHttpAddress(text), undefined, text);
  }
});
