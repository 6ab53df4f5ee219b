import assert from "node:assert/strict";
import { resolve } from "node:path";
import { test } from "node:test";
import { jwtAlgorithms } from "../../../src/core/keys/jwt-settings.ts";
import { sha256 } from "../../../src/lib/secret.ts";
import { load, loadValid, oneDeployment, told } from "../support/load.ts";

const keys = `keys: [{name: team, sha256: ${sha256("x")}}]\n`;
const jwks = JSON.stringify({ keys: [{ kty: "EC", crv: "P-256", x: "a", y: "b" }] });

function configOf(jwt: string): string {
  return `${oneDeployment()}general_settings: {master_key: sk-master, jwt: ${jwt}}\n${keys}`;
}

async function problemsOf(jwt: string, file = jwks): Promise<readonly string[]> {
  const texts = new Map([
    [resolve("config.yaml"), configOf(jwt)],
    [resolve("jwks.json"), file],
  ]);
  const readFile = async (path: string): Promise<string> => {
    const text = texts.get(resolve(path));
    if (text === undefined) throw new Error("no such file");
    return text;
  };
  const { problems, warnings } = await load({ "config.yaml": "" }, { readFile });
  return told([...problems, ...warnings]).map((line) => line.replace(/^\d+:\d+ /, ""));
}

test("tokens are read with their defaults", async () => {
  const { jwt } = await loadValid(
    configOf("{issuer: 'https://i.example', audience: api, jwks_url: 'https://i.example/jwks', keys: {alice: team}}"),
  );
  assert.deepEqual(jwt, {
    issuer: "https://i.example",
    audience: ["api"],
    jwks: { kind: "url", url: "https://i.example/jwks" },
    claim: "sub",
    keys: new Map([["alice", "team"]]),
    defaultKey: undefined,
    algorithms: jwtAlgorithms,
  });
});

test("public keys may come from a file beside the configuration", async () => {
  assert.deepEqual(await problemsOf("{issuer: i, audience: [a, b], jwks_file: jwks.json, default_key: team, algorithms: [ES256]}"), []);
});

const needed = "general_settings.jwt";
const wrong: readonly (readonly [string, RegExp])[] = [
  ["{audience: a, jwks_url: 'https://i', default_key: team}", /^general_settings\.jwt\.issuer: is needed/],
  ["{issuer: i, jwks_url: 'https://i', default_key: team}", /^general_settings\.jwt\.audience: is needed: a token for another service/],
  ["{issuer: i, audience: a, default_key: team}", /jwks_url: is needed, or jwks_file/],
  ["{issuer: i, audience: a, jwks_url: 'https://i', jwks_file: jwks.json, default_key: team}", /only one of the two/],
  ["{issuer: i, audience: a, jwks_url: 'ftp://i', default_key: team}", /jwks_url: must be an address such as https/],
  ["{issuer: i, audience: a, jwks_url: 'http://i.example', default_key: team}", /is plain http/],
  ["{issuer: i, audience: a, jwks_file: nonesuch.json, default_key: team}", /jwks_file: cannot be read/],
  ["{issuer: i, audience: a, jwks_url: 'https://i'}", /keys: is needed, or default_key/],
  ["{issuer: i, audience: a, jwks_url: 'https://i', default_key: taem}", /there is no key "taem" in keys \(did you mean team\?\)/],
  ["{issuer: i, audience: a, jwks_url: 'https://i', keys: {alice: nobody}}", /keys\.alice: there is no key "nobody"/],
  ["{issuer: i, audience: a, jwks_url: 'https://i', default_key: team, algorithms: [HS256]}", /algorithms: must be of RS256/],
  ["{issuer: i, audience: a, jwks_url: 'https://i', default_key: team, algorithms: [none]}", /algorithms: must be of RS256/],
  ["{issuer: i, audience: a, jwks_url: 'https://i', default_key: team, isuer: x}", /isuer: is not known here \(did you mean issuer\?\)/],
];

for (const [jwt, message] of wrong) {
  test(`${jwt} is told of: ${message.source.slice(0, 40)}`, async () => {
    const found = await problemsOf(jwt);
    assert.equal(found.length, 1, found.join("\n"));
    assert.match(found[0] ?? "", message);
    assert.ok(found[0]?.startsWith(needed));
  });
}

test("a key file that is none, or that holds secrets, is refused", async () => {
  const jwt = "{issuer: i, audience: a, jwks_file: jwks.json, default_key: team}";
  assert.match((await problemsOf(jwt, "nonsense"))[0] ?? "", /is not JSON/);
  assert.match((await problemsOf(jwt, "{}"))[0] ?? "", /is no JSON Web Key Set/);
  assert.match((await problemsOf(jwt, '{"keys":[{"kty":"oct","k":"c2VjcmV0"}]}'))[0] ?? "", /only public keys/);
  assert.match((await problemsOf(jwt, '{"keys":[{"kty":"EC","x":"a","y":"b","d":"c"}]}'))[0] ?? "", /only public keys/);
});
