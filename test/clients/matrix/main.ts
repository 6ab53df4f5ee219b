import assert from "node:assert/strict";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, test } from "node:test";
import { setupProblem } from "../../interop/support/setup-problem.ts";
import { masterKey } from "../../interop/support/service-config.ts";
import { Parties } from "../../support/parties.ts";
import { type Client, clients, partOf } from "./clients.ts";
import { isLimit, versionOf, wholeRun, withMatrix } from "./page.ts";
import { runClient } from "./run-client.ts";
import { Hosts, upstreams } from "./upstreams.ts";

/**
 * Tries every client of clients.ts, unmodified, with upstreams of every format (`npm run test:clients`), and writes what came of it into
 * docs/clients.md. A client does all of it, or the table says what it cannot do. With CI set the page is compared in place of written.
 */

const page = join(import.meta.dirname, "../../../docs/clients.md");
const parties = new Parties();
afterEach(() => parties.end());
const untried = new Set<Client>();
const done = new Set<Client>();

/** Names that are taken by clients that know all of Anthropic's models. */
const knownNames: Readonly<Record<string, string>> = {
  openai: "claude-3-haiku-20240307",
  anthropic: "claude-3-5-haiku-20241022",
  gemini: "claude-3-7-sonnet-20250219",
  bedrock: "claude-sonnet-4-20250514",
};

for (const client of clients) {
  const problem = await setupProblem(partOf(client));
  if (problem !== undefined) untried.add(client);
  const skip = problem !== undefined && `SKIPPED, ${client.title} was not tried: ${problem}`;
  test(`${client.title}, ${client.speaks}`, { skip }, async () => {
    const hosts = await Hosts.listen(parties);
    const deployments = upstreams.map(({ name, params }) => ({
      model_name: client.knownNames === true ? knownNames[name] : name,
      litellm_params: { ...params(hosts.of(name).origin), cooldown_time: 0 },
    }));
    const config = { model_list: deployments, router_settings: { num_retries: 0 }, general_settings: { master_key: masterKey } };
    const { origin } = await parties.service(JSON.stringify(config));
    const models = upstreams.map(({ name }) => `${name}=${client.knownNames === true ? knownNames[name] : name}`);
    const tried = await runClient(client, { origin, key: masterKey, control: hosts.control, models });
    assert.deepEqual(
      tried.map(({ upstream, scenario }) => `${upstream}: ${scenario}`),
      wholeRun,
    );
    const failed = tried.filter((one) => one.raised !== undefined && !isLimit(client, one));
    assert.deepEqual(failed.map(({ upstream, scenario, raised }) => `${upstream}: ${scenario}\n${raised}`).join("\n\n"), "");
    const mended = tried.filter((one) => one.raised === undefined && isLimit(client, one));
    assert.deepEqual(mended, [], "the table says that this cannot be done");
    if ((client.limits ?? []).length === 0) for (const { name } of upstreams) assert.deepEqual(hosts.of(name).refusals, []);
    done.add(client);
  });
}

test("the page has the matrix as it was tried", async () => {
  const versions = new Map(await Promise.all(clients.map(async (client) => [client, await versionOf(client)] as const)));
  const now = await readFile(page, "utf8");
  assert.equal(done.size + untried.size, clients.length, "a client failed, so the page is left as it is");
  const wanted = withMatrix(now, versions, untried);
  if (process.env["CI"] === undefined) await writeFile(page, wanted);
  else assert.equal(now, wanted, "docs/clients.md is not up to date: npm run test:clients");
});
