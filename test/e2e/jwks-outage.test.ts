import assert from "node:assert/strict";
import { test } from "node:test";
import { Parties } from "../support/parties.ts";
import { TokenIssuer } from "../support/token-issuer.ts";

test("a server starts while the issuer of its tokens is away: keys count as always, and tokens once it is back", async () => {
  const parties = new Parties();
  try {
    const issuer = await TokenIssuer.create();
    const served = parties.add(await issuer.serve(), (one) => one.close());
    served.answer((response) => response.destroy());
    const service = await parties.service(`
model_list: [{model_name: m, litellm_params: {model: mock/m}}]
general_settings:
  master_key: sk-master
  jwt: {issuer: "${TokenIssuer.issuer}", audience: ${TokenIssuer.audience}, jwks_url: "${served.url}", keys: {alice: a}}
keys: [{name: a}]
`);
    const ask = (key: string): Promise<Response> =>
      fetch(`${service.origin}/v1/chat/completions`, {
        method: "POST",
        headers: { "content-type": "application/json", authorization: `Bearer ${key}` },
        body: JSON.stringify({ model: "m", messages: [{ role: "user", content: "hello" }] }),
      });
    const token = await issuer.token("alice", Date.now());
    assert.equal((await fetch(`${service.origin}/health/readiness`)).status, 200);
    assert.equal((await ask("sk-master")).status, 200);
    const refused = await ask(token);
    const text = await refused.text();
    assert.equal(refused.status, 502, text);
    assert.match(text, /keys that tokens are checked with cannot be fetched now/);
    assert.doesNotMatch(text, /127\.0\.0\.1|jwks\.json|node:|\bat \w+ \(/);
    served.answer(undefined);
    assert.equal((await ask(token)).status, 200);
  } finally {
    await parties.end();
  }
});
