import assert from "node:assert/strict";
import { test } from "node:test";
import { load, oneDeployment, told } from "../support/load.ts";

const good = '{"type": "service_account", "private_key": "-----BEGIN"}';

async function warnings(params: readonly string[], files: Readonly<Record<string, string>> = {}, env = {}): Promise<string> {
  const loaded = await load({ "config.yaml": oneDeployment(...params), ...files }, { env });
  assert.deepEqual(loaded.problems, []);
  const shown = loaded.warnings.map(({ sourceLine }) => sourceLine);
  return [...told(loaded.warnings), ...shown].join("\n");
}

test("a file with credentials that cannot be read is named, with its path", async () => {
  for (const path of ["gone/key.json", "/etc/secrets/google"]) {
    assert.equal(
      await warnings([`vertex_credentials: ${path}`]),
      `5:27 litellm_params.vertex_credentials: the file ${path} cannot be read (ENOENT), so calls with these credentials fail until that is put right\n      vertex_credentials: ${path}`,
    );
  }
});

test("one that holds no credentials is named, and nothing of what it holds", async () => {
  for (const [text, fault] of [
    ["hush-hush-words", "holds no JSON"],
    ["[]", "holds no credentials of Google's"],
    ["null", "holds no credentials of Google's"],
  ] as const) {
    const said = await warnings(["vertex_credentials: key.json"], { "key.json": text });
    assert.match(said, new RegExp(`the file key.json ${fault}`));
    assert.doesNotMatch(said, /hush/);
  }
});

test("nothing is said of good files, and of credentials that stand in the configuration itself", async () => {
  assert.equal(await warnings(["vertex_credentials: key.json"], { "key.json": good }), "");
  assert.equal(await warnings([`vertex_credentials: '${good}'`]), "");
  assert.equal(await warnings(["vertex_credentials: {type: service_account, private_key: abc}"]), "");
  assert.equal(await warnings(["vertex_credentials: os.environ/CREDENTIALS"], {}, { CREDENTIALS: good }), "");
  assert.equal(await warnings(["vertex_credentials:"]), "");
});

test("what stands where a path should and is none may be a secret, and is not shown", async () => {
  const said = await warnings(["vertex_credentials: eyJ0eXBlIjogInNlcnZpY2VfYWNjb3VudCJ9"]);
  assert.match(said, /the file \*\*\* cannot be read/);
  assert.doesNotMatch(said, /eyJ0/);
});

test("a file that many deployments share is named once", async () => {
  const entry = "  - {model_name: m, litellm_params: {model: openai/a, vertex_credentials: gone.json}}\n";
  const { warnings: found } = await load(`model_list:\n${entry}${entry.replace("openai/a", "openai/b")}`);
  assert.equal(found.length, 1);
  assert.match(found[0]?.message ?? "", /and at 1 more place/);
});
