import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { Parties } from "../support/parties.ts";

const parties = new Parties();
const consoleFolder = mkdtempSync(join(tmpdir(), "huntgroup-console-"));
writeFileSync(join(consoleFolder, "index.html"), "the page");
after(async () => {
  await parties.end();
  rmSync(consoleFolder, { recursive: true });
});

const models = "model_list: [{ model_name: m, litellm_params: { model: mock/m } }]\n";

test("the service has its console, without a key, at the same port", async () => {
  const { origin } = await parties.service(`${models}general_settings: { master_key: sk-1234 }\n`, { consoleFolder });
  const response = await fetch(`${origin}/console`);
  assert.equal(response.status, 200);
  assert.equal(response.url, `${origin}/console/`);
  assert.equal(await response.text(), "the page");
});

test("disable_admin_ui leaves its paths unserved", async () => {
  const { origin } = await parties.service(`${models}general_settings: { disable_admin_ui: true }\n`, { consoleFolder });
  for (const path of ["/console", "/console/", "/console/index.html"]) {
    const response = await fetch(`${origin}${path}`);
    assert.equal(response.status, 404);
    assert.match(await response.text(), /There is nothing at/);
  }
});
