import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { afterEach, beforeEach, describe, test } from "node:test";
import type { OpenAiHost } from "../support/openai-host.ts";
import { Parties } from "../support/parties.ts";
import type { RunningTestService } from "../support/start-service.ts";

/**
 * The page on load balancing of the system to be compatible with: its YAML and its commands as they stand there. The page as stored
 * has lost its indentation, which the YAML was given back.
 */

const firstExample = `
model_list:
  - model_name: gpt-3.5-turbo
    litellm_params:
      model: azure/<your-deployment-name>
      api_base: <your-azure-endpoint>
      api_key: <your-azure-api-key>
      rpm: 6      # Rate limit for this deployment: in requests per minute (rpm)
  - model_name: gpt-3.5-turbo
    litellm_params:
      model: azure/gpt-turbo-small-ca
      api_base: https://my-endpoint-canada-berri992.openai.azure.com/
      api_key: <your-azure-api-key>
      rpm: 6
  - model_name: gpt-3.5-turbo
    litellm_params:
      model: azure/gpt-turbo-large
      api_base: https://openai-france-1234.openai.azure.com/
      api_key: <your-azure-api-key>
      rpm: 1440
`;

const secondExample = `
model_list:
  - model_name: gpt-3.5-turbo
    litellm_params:
      model: azure/<your-deployment-name>
      api_base: <your-azure-endpoint>
      api_key: <your-azure-api-key>
      rpm: 6      # Rate limit for this deployment: in requests per minute (rpm)
  - model_name: gpt-3.5-turbo
    litellm_params:
      model: azure/gpt-turbo-small-ca
      api_base: https://my-endpoint-canada-berri992.openai.azure.com/
      api_key: <your-azure-api-key>
      rpm: 6
router_settings:
  model_group_alias: {"gpt-4": "gpt-3.5-turbo"} # all requests with \`gpt-4\` will be routed to models with \`gpt-3.5-turbo\`
  routing_strategy: least-busy # Literal["simple-shuffle", "least-busy", "usage-based-routing", "latency-based-routing"]
  num_retries: 2
  timeout: 30 # 30 seconds
`;

const groupCommand = String.raw`curl --location 'http://0.0.0.0:8000/chat/completions' \
--header 'Content-Type: application/json' \
--data ' {
"model": "gpt-3.5-turbo",
"messages": [
{
"role": "user",
"content": "what llm are you"
}
],
}
'`;

const deploymentCommand = String.raw`curl --location 'http://0.0.0.0:8000/chat/completions' \
--header 'Content-Type: application/json' \
--data ' {
"model": "azure/gpt-turbo-small-ca",
"messages": [
{
"role": "user",
"content": "what llm are you"
}
],
}
'`;

/** What the command sends, as the host should get it: a space where the trailing comma was, and the model's name there. */
function bodyFor(deployment: string): string {
  return ` {
"model": "${deployment}",
"messages": [
{
"role": "user",
"content": "what llm are you"
}
]${" "}
}
`;
}

const keys = { AZURE_KEY_1: "key-one-0123456789", AZURE_KEY_2: "key-two-0123456789", AZURE_KEY_3: "key-three-0123456789" };
const keyOf: Readonly<Record<string, string>> = {
  "my-deployment": keys.AZURE_KEY_1,
  "gpt-turbo-small-ca": keys.AZURE_KEY_2,
  "gpt-turbo-large": keys.AZURE_KEY_3,
};

const hasCurl = spawnSync("curl", ["--version"]).status === 0;
const withCurl = hasCurl ? {} : { skip: "curl is missing: apt-get install curl" };

describe("the seed page", () => {
  const parties = new Parties();
  let host: OpenAiHost;

  beforeEach(async () => {
    host = await parties.host();
  });
  afterEach(() => parties.end());

  function serve(yaml: string): Promise<RunningTestService> {
    return parties.service(fillIn(yaml, host.origin), { env: keys });
  }

  test("its first example, with the placeholders filled in, serves its first command", withCurl, async () => {
    const { port } = await serve(firstExample);
    const reply = JSON.parse(await run(groupCommand, port)) as { model: string };
    assert.equal(reply.model, "gpt-3.5-turbo");
    const { method, path, query, headers, body } = host.lastHit;
    const [, deployment = ""] = /^\/openai\/deployments\/([^/]+)\/chat\/completions$/.exec(path) ?? [];
    assert.ok(deployment in keyOf, path);
    assert.equal(method, "POST");
    assert.match(query.get("api-version") ?? "", /^\d{4}-\d\d-\d\d/);
    assert.equal(headers["api-key"], keyOf[deployment]);
    assert.equal(headers.authorization, undefined);
    assert.equal(body.toString(), bodyFor(deployment));
  });

  test("its second command calls the one deployment that it names, every time", withCurl, async () => {
    const { port } = await serve(firstExample);
    for (let call = 0; call < 3; call++) {
      const reply = JSON.parse(await run(deploymentCommand, port)) as { model: string };
      assert.equal(reply.model, "azure/gpt-turbo-small-ca");
    }
    const path = "/openai/deployments/gpt-turbo-small-ca/chat/completions";
    assert.deepEqual(
      host.hits.map((hit) => hit.path),
      [path, path, path],
    );
    assert.equal(host.lastHit.headers["api-key"], keys.AZURE_KEY_2);
    assert.equal(host.lastHit.body.toString(), bodyFor("gpt-turbo-small-ca"));
  });

  test("its second example's alias gpt-4 reaches the group, the least busy deployment first", withCurl, async () => {
    const { port } = await serve(secondExample);
    host.once({ kind: "hang" });
    const first = host.nextHit();
    const abandoned = new AbortController();
    const waiting = fetch(`http://127.0.0.1:${port}/v1/chat/completions`, {
      method: "POST",
      body: '{"model":"gpt-4","messages":[]}',
      signal: abandoned.signal,
    }).catch(() => undefined);
    const busy = (await first).path;
    const reply = JSON.parse(await run(groupCommand.replace("gpt-3.5-turbo", "gpt-4"), port)) as { model: string };
    assert.equal(reply.model, "gpt-4");
    assert.notEqual(host.lastHit.path, busy);
    abandoned.abort();
    await waiting;
  });

  test("its second example retries on the other deployment", withCurl, async () => {
    const { port } = await serve(secondExample);
    host.once({ kind: "cut" });
    await run(groupCommand, port);
    assert.equal(new Set(host.hits.map((hit) => hit.path)).size, 2);
  });

  test("its examples with a placeholder left in are refused, and the error calls it that", async () => {
    const named = firstExample.replaceAll("<your-azure-endpoint>", host.origin).replaceAll("<your-deployment-name>", "my-deployment");
    await assert.rejects(parties.service(named), /placeholder/);
  });
});

/** Keys by environment, addresses at the host. */
function fillIn(yaml: string, origin: string): string {
  let key = 0;
  return yaml
    .replace("<your-deployment-name>", "my-deployment")
    .replaceAll("<your-azure-endpoint>", `${origin}/`)
    .replaceAll(/https:\/\/[a-z0-9-]+\.openai\.azure\.com/g, origin)
    .replaceAll("<your-azure-api-key>", () => `os.environ/AZURE_KEY_${++key}`);
}

/** Runs one of the page's commands as a shell does, only the address changed. @returns What it prints. */
function run(command: string, port: number): Promise<string> {
  return new Promise((resolve, reject) => {
    const shell = spawn("sh", ["-c", command.replace("0.0.0.0:8000", `127.0.0.1:${port}`)], {
      env: { PATH: process.env["PATH"], NO_PROXY: "*" },
      stdio: ["ignore", "pipe", "ignore"],
    });
    let printed = "";
    shell.stdout.setEncoding("utf8");
    shell.stdout.on("data", (text: string) => (printed += text));
    shell.on("error", reject);
    shell.on("close", (code) => (code === 0 ? resolve(printed) : reject(new Error(`curl ended with ${code}: ${printed}`))));
  });
}
