import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { bareEnvironment } from "../support/bare-environment.ts";

/** The log as a process writes it. */
const main = join(import.meta.dirname, "../../src/main.ts");
const folder = mkdtempSync(join(tmpdir(), "huntgroup-log-"));
after(() => rmSync(folder, { recursive: true }));

const planted = "the-planted-prompt";
const masterKey = "master-key-0123456789";
const upstreamKey = "upstream-key-0123456789";

function configFile(name: string, general = ""): string {
  const path = join(folder, name);
  writeFileSync(
    path,
    [
      "model_list:",
      "  - model_name: m",
      `    litellm_params: { model: mock/m, api_key: ${upstreamKey}, mock: { first_token_ms: 1, tokens_per_second: 2000 } }`,
      "    model_info: { id: one }",
      "  - model_name: bad",
      "    litellm_params: { model: mock/b, mock_response: litellm.InternalServerError }",
      "router_settings: { num_retries: 0, made_up_key: 1 }",
      `general_settings: { master_key: ${masterKey}${general} }`,
    ].join("\n"),
  );
  return path;
}

interface Started {
  readonly origin: string;
  readonly out: () => string;
  readonly err: () => string;
  ask(body: object, key?: string): Promise<Response>;
  stop(): Promise<number | null>;
}

async function start(
  args: readonly string[],
  options: { readonly env?: Readonly<Record<string, string>>; readonly program?: readonly string[] } = {},
): Promise<Started> {
  const [program = process.execPath, ...before] = options.program ?? [process.execPath];
  const child = spawn(program, [...before, main, "serve", "--port", "0", ...args], { env: { ...bareEnvironment, ...options.env } });
  let out = "";
  let err = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => (out += text));
  child.stderr.setEncoding("utf8").on("data", (text: string) => (err += text));
  const exit = once(child, "close").then(([code]) => code as number | null);
  let origin: string | undefined;
  while (origin === undefined) {
    await Promise.race([once(child.stdout, "data"), exit.then((code) => Promise.reject(new Error(`ended with ${code}: ${err}`)))]);
    origin = /huntgroup serves .* on (http:\/\/[\d.:]+) /.exec(out)?.[1];
  }
  return {
    origin,
    out: () => out,
    err: () => err,
    ask: (body, key = masterKey) =>
      fetch(`${origin}/v1/chat/completions`, {
        method: "POST",
        headers: { "content-type": "application/json", authorization: `Bearer ${key}` },
        body: JSON.stringify({ model: "m", messages: [{ role: "user", content: planted }], ...body }),
      }),
    stop() {
      child.kill("SIGTERM");
      return exit;
    },
  };
}

function linesOf(text: string): readonly Readonly<Record<string, unknown>>[] {
  return text
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as Readonly<Record<string, unknown>>);
}

test("without a terminal the output is JSON lines: the warnings, the start, each call, the end, and no secret or prompt", async () => {
  const server = await start(["--config", configFile("json.yaml")]);
  await (await server.ask({})).text();
  await (await server.ask({ stream: true })).text();
  await (await server.ask({ model: "bad" })).text();
  await (await server.ask({ model: masterKey })).text();
  await (await server.ask({}, "sk-wrong-0123456789")).text();
  await (await server.ask({ model: 7 })).text();
  assert.equal(await server.stop(), 0);
  const lines = linesOf(server.out());
  assert.deepEqual(
    lines.map(({ kind, level, outcome, code }) => [kind, level, outcome ?? code]),
    [
      ["config", "warn", undefined],
      ["start", "info", undefined],
      ["access", "info", "success"],
      ["access", "info", "success"],
      ["access", "warn", "server_error"],
      ["access", "info", "client_error"],
      ["refused", "info", "unauthenticated"],
      ["refused", "info", "invalid_request"],
      ["stop", "info", undefined],
      ["stop", "info", undefined],
    ],
  );
  assert.match(String(lines[0]?.["msg"]), /made_up_key/);
  assert.equal(lines[2]?.["deployment"], "one");
  assert.equal(lines[3]?.["stream"], true);
  assert.equal(server.err(), "");
  for (const secret of [planted, masterKey, upstreamKey, "sk-wrong"]) assert.ok(!server.out().includes(secret), secret);
});

test("what was logged before a stop is out when the process ends, however much it is", async () => {
  const server = await start(["--config", configFile("many.yaml")]);
  const count = 300;
  await Promise.all(Array.from({ length: count }, async () => (await server.ask({})).text()));
  assert.equal(await server.stop(), 0);
  assert.equal(linesOf(server.out()).filter((line) => line["kind"] === "access").length, count);
});

test("log_level and log_format of the file count, and the options win", async () => {
  const quiet = await start([
    "--config",
    configFile("quiet.yaml", ", log_level: info, log_format: pretty"),
    "--log-level",
    "warn",
    "--log-format",
    "pretty",
  ]);
  await (await quiet.ask({})).text();
  await (await quiet.ask({ model: "bad" })).text();
  await quiet.stop();
  assert.doesNotMatch(quiet.out(), /success/);
  assert.match(quiet.out(), /WARN.*server_error/);
});

test("log_content logs requests and answers, without keys", async () => {
  const server = await start(["--config", configFile("content.yaml", ", log_content: true")]);
  await (await server.ask({ messages: [{ role: "user", content: `${planted} ${masterKey}` }] })).text();
  await (await server.ask({ stream: true })).text();
  await server.stop();
  const calls = linesOf(server.out()).filter((line) => line["kind"] === "access");
  for (const call of calls) {
    assert.match(String(call["request"]), /the-planted-prompt/);
    assert.ok(String(call["reply"]).length > 1);
  }
  assert.equal(calls.length, 2);
  assert.ok(!server.out().includes(masterKey));
});

/** Gives a program a terminal. */
const scriptProgram = "script";
const hasScript = spawnSync(scriptProgram, ["--version"]).error === undefined;

test("on a terminal it is for people", { skip: hasScript ? false : "script (of util-linux) is missing" }, async () => {
  const command = ["exec", process.execPath, main, "serve", "--port", "0", "--config", configFile("tty.yaml")].join(" ");
  const child = spawn(scriptProgram, ["-qefc", command, "/dev/null"], { env: { ...bareEnvironment, TERM: "xterm" } });
  let out = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => (out += text));
  while (!out.includes("curl -N")) await once(child.stdout, "data");
  const origin = /on (http:\/\/[\d.:]+) /.exec(out)?.[1] ?? "";
  const headers = { authorization: `Bearer ${masterKey}`, "content-type": "application/json" };
  await (await fetch(`${origin}/v1/chat/completions`, { method: "POST", headers, body: '{"model":"m","messages":[]}' })).text();
  while (!out.includes("call ended")) await once(child.stdout, "data");
  // Ctrl-C, as the terminal has it.
  child.stdin.write("\u0003");
  const [code] = (await once(child, "close")) as [number | null];
  assert.equal(code, 0);
  assert.match(out, /WARN.*made_up_key/);
  assert.ok(out.includes(`${String.fromCharCode(27)}[32mINFO`), "in colours");
  assert.ok(!out.includes('"level"'));
});

test("without OpenTelemetry's settings nothing of its SDK is loaded; with them it is", async () => {
  const program = [process.execPath, "--import", join(import.meta.dirname, "support/list-otel-modules.ts")];
  const config = configFile("otel.yaml");
  const off = await start(["--config", config], { program });
  await (await off.ask({})).text();
  await off.stop();
  assert.doesNotMatch(off.err(), /loaded/);
  // Nobody listens there; only the loading matters.
  const on = await start(["--config", config], { program, env: { OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: "http://127.0.0.1:9/v1/traces" } });
  await on.stop();
  assert.match(on.err(), /loaded .*@opentelemetry/);
});
