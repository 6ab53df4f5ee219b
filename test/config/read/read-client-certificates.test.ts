import assert from "node:assert/strict";
import { test } from "node:test";
import { isOpen } from "../../../src/config/load/is-open.ts";
import { load, loadValid, oneDeployment } from "../support/load.ts";

const section = (text: string, keys = "[{name: a}, {name: b}]"): string =>
  `${oneDeployment()}general_settings: {master_key: sk-master, client_certificates: ${text}}\nkeys: ${keys}\n`;

test("clients' certificates are taken for keys as it is written", async () => {
  const { certificates } = await loadValid(section('{claim: cn, keys: {"spiffe://x/y": a, web: b}, default_key: a}'));
  assert.deepEqual(certificates, {
    claims: ["cn"],
    keys: new Map([
      ["spiffe://x/y", "a"],
      ["web", "b"],
    ]),
    defaultKey: "a",
  });
  assert.deepEqual((await loadValid(section("{default_key: a}"))).certificates?.claims, ["uri", "dns", "cn"]);
  assert.equal((await loadValid(oneDeployment())).certificates, undefined);
});

test("a server that takes certificates for keys is not open", async () => {
  assert.equal(isOpen(await loadValid(`${oneDeployment()}general_settings: {client_certificates: {default_key: a}}\n`)), false);
});

for (const [text, message] of [
  ["{}", /keys is needed, or default_key|is needed, or default_key/],
  ["{keys: {web: [a]}}", /must be the name of a key/],
  ["{claim: [cn, email], default_key: a}", /must be of uri, dns, cn/],
  ["{claim: [], default_key: a}", /must be of uri, dns, cn/],
  ["{keyz: {web: a}, default_key: a}", /is not known here \(did you mean keys\?\)/],
] as const) {
  test(`${text} refuses the start`, async () => {
    const { problems } = await load(section(text));
    assert.ok(
      problems.some((problem) => message.test(problem.message)),
      JSON.stringify(problems.map((problem) => problem.message)),
    );
  });
}

test("a key that is not there is warned of", async () => {
  const { warnings } = await load(section("{keys: {web: c}}"));
  assert.match(warnings[0]?.message ?? "", /there is no key "c" in keys.*its certificates are refused/);
});
