import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { after, before, test } from "node:test";

/** Every command and snippet of the README is run, against the very server that it tells to start. */
const root = join(import.meta.dirname, "../..");
const readme = readFileSync(join(root, "README.md"), "utf8");
const folder = mkdtempSync(join(tmpdir(), "huntgroup-readme-"));
const path = [join(root, "node_modules/.bin"), join(root, ".interop/bin"), process.env["PATH"]].join(delimiter);

interface Finished {
  readonly code: number | null;
  readonly out: string;
}

async function shell(command: string, env: Readonly<Record<string, string>> = {}): Promise<Finished> {
  const child = spawn("bash", ["-c", command], { cwd: root, env: { ...process.env, PATH: path, ...env } });
  let out = "";
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding("utf8").on("data", (text: string) => (out += text));
  const [code] = (await once(child, "close")) as [number | null];
  return { code, out };
}

function blocks(language: string): readonly string[] {
  return [...readme.matchAll(new RegExp(`^\`\`\`${language}\\n(.*?)^\`\`\``, "gms"))].map((match) => match[1] ?? "");
}

const [startBlock = "", testBlock = "", ...calls] = blocks("sh").map((block) => block.trim());
const server = spawn("npm", ["start", "--", "--port", "0"], { cwd: root, env: { ...process.env, PATH: path }, detached: true });
let origin = "";

before(async () => {
  let greeting = "";
  server.stdout.setEncoding("utf8");
  while (!greeting.includes("huntgroup serves")) {
    const [text] = (await once(server.stdout, "data")) as [string];
    greeting += text;
  }
  origin = /http:\/\/127\.0\.0\.1:\d+/.exec(greeting)?.[0] ?? "";
  assert.notEqual(origin, "");
});

after(async () => {
  const ended = once(server, "close");
  // The whole group: npm does not pass every signal on.
  process.kill(-server.pid!, "SIGTERM");
  await ended;
  rmSync(folder, { recursive: true });
});

test("the two commands are the ones that the continuous integration and this test run", () => {
  assert.equal(startBlock, "npm ci && npm start");
  assert.equal(testBlock, "npm ci && npm test");
});

test("the README has a call for each inbound protocol", () => {
  assert.ok(calls.length >= 6);
});

for (const command of calls) {
  const [program = ""] = command.split(" ");
  test(`works as written: ${command.slice(0, 100)}`, async (t) => {
    if (program === "grpcurl" && (await shell("command -v grpcurl")).code !== 0) {
      t.skip("grpcurl is missing; `npm run interop:setup` builds it");
      return;
    }
    const here = command.replaceAll("http://127.0.0.1:8000", origin).replaceAll("127.0.0.1:8000", new URL(origin).host);
    const { code, out } = await shell(here, { HUNTGROUP_URL: origin });
    assert.equal(code, 0, out);
    assert.match(out, /"(content|text)":\s*"|"deployments"|"changes"|small-eu/, out);
    assert.doesNotMatch(out, /"error":\s*\{/);
  });
}

test("the TypeScript snippet runs and prints the answer", async () => {
  const [snippet = ""] = blocks("ts");
  // Beside the README, as it says: its imports are relative to the repository.
  const file = join(root, `readme-snippet-${process.pid}.ts`);
  writeFileSync(file, snippet.replaceAll("http://127.0.0.1:8000", origin));
  try {
    const { code, out } = await shell(`node ${file}`);
    assert.equal(code, 0, out);
    assert.match(out.replaceAll("\n", ""), /what llm are you/);
  } finally {
    rmSync(file);
  }
});

test("the YAML example passes the check", async () => {
  const [yaml = ""] = blocks("yaml");
  const file = join(folder, "readme.yaml");
  writeFileSync(file, yaml);
  const env = {
    AZURE_API_BASE: "https://example.openai.azure.com",
    AZURE_API_KEY: "a",
    AZURE_CANADA_API_KEY: "b",
    AZURE_FRANCE_API_KEY: "c",
  };
  const { code, out } = await shell(`node src/main.ts check ${file}`, env);
  assert.equal(code, 0, out);
  assert.match(out, /gpt-4\s+→ gpt-3\.5-turbo/);
});

test("every file that the README links to is there", () => {
  for (const [, target = ""] of readme.matchAll(/\]\((?!https?:)([^)#]+)\)/g))
    assert.doesNotThrow(() => readdirOrFile(target), `${target} is missing`);
});

function readdirOrFile(target: string): void {
  try {
    readFileSync(join(root, target));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EISDIR") throw error;
  }
}
