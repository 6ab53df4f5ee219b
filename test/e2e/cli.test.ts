import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { served, startProgram, type Program } from "../support/program.ts";

/** The operator's commands as processes, against a server that is one too. */
const folder = mkdtempSync(join(tmpdir(), "huntgroup-operator-"));
const key = "sk-operator-key";
const config = join(folder, "config.yaml");
writeFileSync(
  config,
  `model_list:
  - model_name: gpt
    litellm_params: { model: mock/a, weight: 1 }
    model_info: { id: east-1 }
  - model_name: gpt
    litellm_params: { model: mock/b, weight: 1, rpm: 100 }
    model_info: { id: west-1 }
general_settings: { master_key: os.environ/OPERATOR_KEY }
`,
);
let server: Program;
let url = "";

before(async () => {
  server = startProgram(["serve", "--config", config, "--port", "0"], { OPERATOR_KEY: key });
  url = await served(server);
});
after(async () => {
  server.child.kill("SIGTERM");
  await server.exit;
  rmSync(folder, { recursive: true });
});

async function operate(line: string, env: Readonly<Record<string, string>> = { HUNTGROUP_KEY: key }) {
  const program = startProgram(line.split(" "), { HUNTGROUP_URL: url, ...env });
  const code = await program.exit;
  return { code, out: program.out(), err: program.err() };
}

test("deployments are listed, in a table and as JSON", async () => {
  const { code, out, err } = await operate("deployments");
  assert.deepEqual([code, err], [0, ""]);
  assert.match(out, /^GROUP +ID +STATUS +WEIGHT .*\ngpt +east-1 +eligible +1 .*\ngpt +west-1 +eligible +1 .* 0\/100 /);
  const json = await operate("deployments gpt --json");
  assert.deepEqual(
    (JSON.parse(json.out) as { deployments: { id: string; rpm_limit?: number }[] }).deployments.map(({ id, rpm_limit }) => [id, rpm_limit]),
    [
      ["east-1", undefined],
      ["west-1", 100],
    ],
  );
});

test("weights are set by the beginnings of ids, and count at once", async () => {
  const { code, out, err } = await operate("weights set gpt east=9 west=1");
  assert.deepEqual([code, err], [0, ""]);
  assert.match(out, /^ID +WEIGHT +SHARE\neast-1 +1 -> 9 +50% -> 90%\nwest-1 +1 +50% -> 10%\n/);
  assert.match((await operate("deployments")).out, /east-1 +eligible +9 /);
});

test("a group that is not there, and a key that is not the right one, are told in a line", async () => {
  const missing = await operate("deployments nobody");
  assert.equal(missing.code, 1);
  assert.match(missing.err, /^huntgroup: No deployment belongs to a group "nobody"\.\n$/);
  const wrong = await operate("deployments", { HUNTGROUP_KEY: "sk-wrong-key" });
  assert.equal(wrong.code, 1);
  assert.match(wrong.err, /^huntgroup: http\S+ does not accept this key \(HUNTGROUP_KEY, --key-file\)\n$/);
  assert.doesNotMatch(wrong.err, /sk-wrong-key/);
});
