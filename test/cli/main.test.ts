import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { served, startProgram as start, told } from "../support/program.ts";
import { emptyState } from "../../src/control/state/control-state.ts";
import { formatState } from "../../src/control/state/state-json.ts";

const folder = mkdtempSync(join(tmpdir(), "huntgroup-cli-"));
after(() => rmSync(folder, { recursive: true }));

function configFile(name: string, yaml: string): string {
  const path = join(folder, name);
  writeFileSync(path, yaml);
  return path;
}

const mock = configFile("mock.yaml", "model_list:\n  - model_name: m\n    litellm_params:\n      model: mock/m\n");
const entryOf = (name: string, model: string) => `  - {model_name: ${name}, litellm_params: {model: ${model}}}\n`;
const chat = {
  method: "POST",
  headers: { "content-type": "application/json" },
  body: '{"model":"gpt-3.5-turbo","messages":[{"role":"user","content":"hi"}]}',
};

test("without a configuration it serves the embedded default, says so, and stops cleanly on SIGTERM", async () => {
  const started = start(["serve", "--port", "0", "--log-format", "pretty"]);
  const origin = await served(started);
  assert.match(started.out(), /gpt-3\.5-turbo: 3 deployments, simple-shuffle/);
  assert.match(started.out(), /gpt-4: another name for gpt-3\.5-turbo/);
  const reply = await fetch(`${origin}/v1/chat/completions`, chat);
  assert.equal(reply.status, 200);
  started.child.kill("SIGTERM");
  assert.equal(await started.exit, 0);
  assert.match(started.out(), /SIGTERM: taking no new requests/);
});

test("SIGTERM lets a stream end before the process does", async () => {
  const slow = configFile(
    "slow.yaml",
    "model_list:\n  - model_name: m\n    litellm_params:\n      model: mock/m\n      mock: { first_token_ms: 1, tokens_per_second: 20, output_tokens: 12 }\n",
  );
  const started = start(["serve", "--port", "0", "--config", slow]);
  const origin = await served(started);
  const reply = await fetch(`${origin}/v1/chat/completions`, {
    ...chat,
    body: '{"model":"m","stream":true,"messages":[{"role":"user","content":"hi"}]}',
  });
  started.child.kill("SIGTERM");
  assert.match(await reply.text(), /data: \[DONE\]\s*$/);
  assert.equal(await started.exit, 0);
});

test("a second signal does not wait for the stream that the first one lets end", async () => {
  const endless = configFile(
    "endless.yaml",
    "model_list:\n  - model_name: m\n    litellm_params:\n      model: mock/m\n      mock: { first_token_ms: 1, tokens_per_second: 20, output_tokens: 2000 }\n",
  );
  const started = start(["serve", "--port", "0", "--config", endless]);
  const origin = await served(started);
  const reply = await fetch(`${origin}/v1/chat/completions`, {
    ...chat,
    body: '{"model":"m","stream":true,"messages":[{"role":"user","content":"hi"}]}',
  });
  started.child.kill("SIGTERM");
  while (!started.out().includes("SIGTERM: taking no new requests")) await once(started.child.stdout!, "data");
  started.child.kill("SIGTERM");
  assert.equal(await started.exit, 1);
  assert.match(started.out(), /SIGTERM again: stopping at once/);
  await assert.rejects(reply.text());
});

test("--help and --version answer with 0, bad use with 2 and a hint", async () => {
  const help = start(["--help"]);
  assert.equal(await help.exit, 0);
  assert.match(help.out(), /huntgroup serve/);
  const version = start(["--version"]);
  assert.equal(await version.exit, 0);
  assert.match(version.out(), /^\d+\.\d+\.\d+\n$/);
  const wrong = start(["serve", "--port", "x"]);
  assert.equal(await wrong.exit, 2);
  assert.match(wrong.err(), /--port <PORT>' argument 'x' is invalid.*\nSee huntgroup serve --help/);
});

test("check prints the routing table, or every problem with its place and exit code 2", async () => {
  const good = start(["check", mock]);
  assert.equal(await good.exit, 0);
  assert.match(good.out(), /group m\n.*mock\s+m/);
  const broken = configFile(
    "broken.yaml",
    "model_list:\n  - model_name: m\n    litellm_params:\n      model: mock/m\n      rpm: lots\nrouter_settings:\n  routing_strategy: simple\n",
  );
  const bad = start(["check", broken]);
  assert.equal(await bad.exit, 2);
  assert.match(bad.err(), /broken\.yaml:5:12 /);
  assert.match(bad.err(), /broken\.yaml:7:21 /);
  assert.match(bad.err(), /simple-shuffle/);
  assert.equal(bad.out(), "");
});

test("a deployment that would be left out fails a check, unless that is accepted; a start leaves it out loudly", async () => {
  const file = configFile("half.yaml", `model_list:\n${entryOf("m", "mock/m")}${entryOf("b", "sagemaker/x")}`);
  const found = start(["check", file]);
  assert.equal(await found.exit, 1);
  assert.match(found.out(), /left out as invalid\n.*sagemaker\/x/);
  assert.match(found.err(), /1 deployment would be LEFT OUT/);
  const accepted = start(["check", file, "--skip-invalid"]);
  assert.equal(await accepted.exit, 0);
  const strict = start(["check", file, "--strict"]);
  assert.equal(await strict.exit, 2);
  const refused = start(["serve", "--config", file, "--port", "0", "--strict"]);
  assert.equal(await refused.exit, 2);
  const started = start(["serve", "--config", file, "--port", "0"]);
  const origin = await served(started);
  const ask = (model: string) =>
    fetch(`${origin}/v1/chat/completions`, { ...chat, body: JSON.stringify({ ...JSON.parse(chat.body), model }) });
  assert.equal((await ask("m")).status, 200);
  const left = await ask("b");
  assert.equal(left.status, 404);
  assert.match(await left.text(), /All deployments of \\"b\\" were left out/);
  assert.match(await (await fetch(`${origin}/metrics`)).text(), /^huntgroup_deployments_left_out 1$/m);
  started.child.kill("SIGTERM");
  assert.equal(await started.exit, 0);
  assert.match(started.out(), /"level":"error".*1 of 2 deployments are LEFT OUT/);
});

test("a configuration that is a pipe without a writer is refused in time, at a start and at a reload, and a stop still ends", async () => {
  const pipe = join(folder, "pipe.yaml");
  execFileSync("mkfifo", [pipe]);
  const refused = start(["check", pipe]);
  assert.equal(await refused.exit, 2);
  assert.match(refused.err(), /pipe\.yaml:1:1 cannot be read: nothing came in time/);
  const file = configFile("becomes-a-pipe.yaml", "model_list:\n  - model_name: m\n    litellm_params:\n      model: mock/m\n");
  const started = start(["serve", "--config", file, "--port", "0"]);
  await served(started);
  rmSync(file);
  execFileSync("mkfifo", [file]);
  started.child.kill("SIGHUP");
  await told(started, /nothing came in time/);
  started.child.kill("SIGHUP");
  started.child.kill("SIGTERM");
  assert.equal(await started.exit, 0);
});

test("a file that is not there is bad configuration, named", async () => {
  const started = start(["check", join(folder, "nowhere.yaml")]);
  assert.equal(await started.exit, 2);
  assert.match(started.err(), /nowhere\.yaml/);
  assert.doesNotMatch(started.err(), /at .*\.ts:\d+/, "no stack trace");
});

test("a public address without a master key is refused, with --insecure it is a warning", async () => {
  const refused = start(["serve", "--config", mock, "--port", "0", "--host", "0.0.0.0"]);
  assert.equal(await refused.exit, 2);
  assert.match(refused.err(), /master_key.*--insecure/);
  const allowed = start(["serve", "--config", mock, "--port", "0", "--host", "0.0.0.0", "--insecure"]);
  await served(allowed);
  assert.match(allowed.out(), /"level":"warn".*everybody who can reach 0\.0\.0\.0/);
  allowed.child.kill("SIGTERM");
  assert.equal(await allowed.exit, 0);
});

test("a port that is taken is a failure in a sentence, exit code 1", async () => {
  const holder = createServer().listen(0, "127.0.0.1").unref();
  await once(holder, "listening");
  const started = start(["serve", "--config", mock, "--port", String((holder.address() as AddressInfo).port)]);
  assert.equal(await started.exit, 1);
  assert.match(started.err(), /another program uses this port/);
  assert.doesNotMatch(started.err(), /at .*\.ts:\d+/, "no stack trace");
  holder.close();
});

test("who listens to the output may leave: it serves on, and stops on SIGTERM", async () => {
  const started = start(["serve", "--config", mock, "--port", "0"]);
  const origin = await served(started);
  started.child.stdout!.destroy();
  started.child.stderr!.destroy();
  assert.equal((await fetch(`${origin}/health/liveliness`)).status, 200);
  started.child.kill("SIGTERM");
  assert.deepEqual(await once(started.child, "exit"), [0, null]);
});

test("SIGTERM that comes with the first word of the greeting ends it cleanly", async () => {
  for (let round = 0; round < 5; round++) {
    const started = start(["serve", "--config", mock, "--port", "0"]);
    await once(started.child.stdout!, "data");
    started.child.kill("SIGTERM");
    assert.equal(await started.exit, 0);
  }
});

test("a TLS file that is missing is bad use, and named", async () => {
  const files = ["--tls-cert", join(folder, "nope.pem"), "--tls-key", join(folder, "nope.pem")];
  const started = start(["serve", "--config", mock, "--port", "0", ...files]);
  assert.equal(await started.exit, 2);
  assert.match(started.err(), /--tls-cert .*nope\.pem cannot be read \(ENOENT\)/);
});

async function modelsOf(origin: string, key?: string): Promise<unknown> {
  const reply = await fetch(`${origin}/v1/models`, { headers: key === undefined ? {} : { authorization: `Bearer ${key}` } });
  if (reply.status !== 200) return reply.status;
  return ((await reply.json()) as { data: { id: string }[] }).data.map(({ id }) => id);
}

function mockGroup(name: string): string {
  return `model_list:\n  - model_name: ${name}\n    litellm_params:\n      model: mock/m\n`;
}

test("SIGHUP and a change of the file read it again; one that is wrong changes nothing and is told", async () => {
  const file = configFile("reload.yaml", mockGroup("one"));
  const started = start(["serve", "--port", "0", "--config", file]);
  const origin = await served(started);
  assert.deepEqual(await modelsOf(origin), ["one"]);
  writeFileSync(file, `${mockGroup("two")}general_settings: {master_key: sk-two}\n`);
  started.child.kill("SIGHUP");
  await told(started, /"who":"SIGHUP","ok":true,"added_ids":\["\w+"\],"removed_ids":\["\w+"\],.*general_settings\.master_key/);
  assert.equal(await modelsOf(origin), 401);
  assert.deepEqual(await modelsOf(origin, "sk-two"), ["two"]);
  writeFileSync(file, "model_list: 3\n");
  await told(started, /"who":"a change of the configuration's files","ok":false,.*reload\.yaml:1:13 model_list: must be a list/);
  assert.deepEqual(await modelsOf(origin, "sk-two"), ["two"]);
  started.child.kill("SIGTERM");
  assert.equal(await started.exit, 0);
  assert.doesNotMatch(started.out() + started.err(), /sk-two/);
});

test("a reload does not open a public address to everybody", async () => {
  const key = "general_settings: {master_key: sk-one}\n";
  const file = configFile("public.yaml", mockGroup("one") + key);
  const started = start(["serve", "--port", "0", "--config", file, "--host", "0.0.0.0"]);
  const origin = (await served(started)).replace("0.0.0.0", "127.0.0.1");
  writeFileSync(file, mockGroup("two"));
  started.child.kill("SIGHUP");
  await told(started, /general_settings\.master_key: is not set, and 0\.0\.0\.0 can be reached/);
  assert.equal(await modelsOf(origin), 401);
  assert.deepEqual(await modelsOf(origin, "sk-one"), ["one"]);
  started.child.kill("SIGTERM");
  assert.equal(await started.exit, 0);
});

test("check prints what the state file changes, and leaves it alone", async () => {
  const file = configFile("changed.yaml", mockGroup("one"));
  const state = { ...emptyState("x"), revision: 1, aliases: new Map([["uno", { targets: ["one"], hidden: false }]]) };
  const text = formatState({ state, spend: new Map(), idSecret: "x" });
  writeFileSync(`${file}.state.json`, text);
  const good = start(["check", file]);
  assert.equal(await good.exit, 0);
  assert.match(
    good.out(),
    /group one[\s\S]*\n\ndiffers from the file, by .*changed\.yaml\.state\.json:\n  the alias uno stands for one\n$/,
  );
  writeFileSync(`${file}.state.json`, text.slice(1));
  const broken = start(["check", file]);
  assert.equal(await broken.exit, 0);
  assert.match(broken.err(), /warning: the state file .* cannot be used/);
  assert.doesNotMatch(broken.out(), /differs/);
  assert.equal(readFileSync(`${file}.state.json`, "utf8"), text.slice(1));
});
