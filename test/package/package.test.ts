import assert from "node:assert/strict";
import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { cp, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { after, before, test } from "node:test";
import { text } from "node:stream/consumers";
import { promisify } from "node:util";

/** The package as it would be published: packed from a fresh build, unpacked somewhere else, and used from there. */
const execute = promisify(execFile);
const root = join(import.meta.dirname, "../..");
const env = { ...process.env, PATH: [join(root, "node_modules/.bin"), process.env["PATH"]].join(delimiter) };
const manifest = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as { bin: { huntgroup: string }; engines: { node: string } };
let folder = "";
let files: readonly string[] = [];

before(async () => {
  folder = await mkdtemp(join(tmpdir(), "huntgroup-package-"));
  const source = join(folder, "source");
  await mkdir(source);
  for (const name of [
    "package.json",
    "tsconfig.json",
    "tsconfig.build.json",
    "console",
    "scripts",
    "src",
    "gen",
    "data",
    "proto",
    "examples",
    "docs",
    "README.md",
    "LICENSE",
  ]) {
    await cp(join(root, name), join(source, name), { recursive: true });
  }
  await symlink(join(root, "node_modules"), join(source, "node_modules"));
  const { stdout } = await execute("npm", ["pack", "--json", "--pack-destination", folder], { cwd: source, env });
  const packed: unknown = JSON.parse(stdout.slice(stdout.search(/^[[{]/m)));
  const [archive] = Object.values(packed as object) as { filename: string; files: { path: string }[] }[];
  assert.ok(archive);
  files = archive.files.map((file) => file.path);
  await mkdir(join(folder, "app/node_modules"), { recursive: true });
  await execute("tar", [
    "-xzf",
    join(folder, archive.filename),
    "-C",
    join(folder, "app/node_modules"),
    "--transform",
    "s/^package/huntgroup/",
  ]);
  const { dependencies } = JSON.parse(await readFile(join(root, "package.json"), "utf8")) as { dependencies: Record<string, string> };
  // A scope is one folder.
  for (const dependency of new Set(Object.keys(dependencies).map((name) => name.replace(/\/.*/, "")))) {
    await symlink(join(root, "node_modules", dependency), join(folder, "app/node_modules", dependency));
  }
});

after(() => rm(folder, { recursive: true }));

test("the package holds the program, what is known of models, the contract, the examples and the schema, and no tests", () => {
  for (const needed of [
    "dist/src/main.js",
    "dist/src/core/strategy.d.ts",
    "data/models.json",
    "data/older-models.json",
    "proto/huntgroup/v1/chat.proto",
    "examples/quickstart.yaml",
    "docs/config.schema.json",
    "README.md",
    "LICENSE",
  ]) {
    assert.ok(files.includes(needed), needed);
  }
  for (const built of [
    /^dist\/console\/index\.html$/,
    /^dist\/console\/assets\/index-[\w-]+\.js$/,
    /^dist\/console\/assets\/index-[\w-]+\.js\.br$/,
  ]) {
    assert.ok(
      files.some((file) => built.test(file)),
      built.source,
    );
  }
  assert.deepEqual(
    files.filter((file) => /^(test|bench|\.ci|scripts|src|console)\//.test(file)),
    [],
  );
});

for (const { node, starts } of [
  { node: "12.22.0", starts: false },
  { node: "18.20.4", starts: false },
  { node: "22.18.0", starts: false },
  { node: "22.19.0", starts: true },
  { node: "24.0.0", starts: true },
])
  test(`Node ${node} ${starts ? "runs it" : "is refused in one line"}`, async () => {
    const pretends = `Object.defineProperty(process, "versions", { value: { ...process.versions, node: "${node}" } });`;
    const bin = join(folder, "app/node_modules/huntgroup", manifest.bin.huntgroup);
    const child = spawn(process.execPath, ["--import", `data:text/javascript,${encodeURIComponent(pretends)}`, bin, "--version"]);
    const [out, err] = [text(child.stdout), text(child.stderr)];
    const [code] = (await once(child, "close")) as [number];
    assert.equal(code, starts ? 0 : 1);
    assert.match(await out, starts ? /^(?:huntgroup )?\d+\.\d+\.\d+\n$/ : /^$/);
    assert.match(await err, starts ? /^$/ : new RegExp(`^huntgroup: needs Node 22\\.19 or newer; this is ${node} \\(.*\\)\\.\n$`));
  });

test("the oldest Node that is let in is the one that the package names", () => {
  assert.equal(manifest.engines.node, ">=22.19.0");
});

test("its program serves the embedded default from anywhere", async () => {
  const main = join(folder, "app/node_modules/huntgroup/dist/src/main.js");
  const child = spawn(process.execPath, [main, "serve", "--port", "0"], { cwd: folder, env });
  let out = "";
  child.stdout.setEncoding("utf8");
  while (!out.includes("huntgroup serves")) {
    const [said] = (await once(child.stdout, "data")) as [string];
    out += said;
  }
  const origin = /http:\/\/[\d.:]+/.exec(out)?.[0] ?? "";
  const body = JSON.stringify({ model: "gpt-4", messages: [{ role: "user", content: "hi" }] });
  const reply = await fetch(`${origin}/v1/chat/completions`, { method: "POST", headers: { "content-type": "application/json" }, body });
  assert.equal(reply.status, 200);
  const page = await fetch(`${origin}/console`);
  assert.match(await page.text(), /<title>Huntgroup<\/title>/);
  child.kill("SIGTERM");
  assert.deepEqual(await once(child, "exit"), [0, null]);
});

test("a strategy of one's own finds its types in the package", async () => {
  const app = join(folder, "app");
  await cp(join(root, "examples/my-strategy.ts"), join(app, "my-strategy.ts"));
  const compilerOptions = { module: "nodenext", target: "es2024", strict: true, noEmit: true, types: [], skipLibCheck: true };
  await writeFile(join(app, "tsconfig.json"), JSON.stringify({ compilerOptions, include: ["my-strategy.ts"] }));
  await writeFile(join(app, "package.json"), '{ "type": "module" }');
  await execute(join(root, "node_modules/.bin/tsc"), ["-p", app]);
});

test("the generated clients come with the package", async () => {
  const program = `
    import { ChatService, EmbeddingService, ModelService } from "huntgroup/client";
    console.log([ChatService, EmbeddingService, ModelService].map(({ typeName }) => typeName).join());`;
  const { stdout } = await execute(process.execPath, ["--input-type=module", "--eval", program], { cwd: join(folder, "app") });
  assert.equal(stdout.trim(), "huntgroup.v1.ChatService,huntgroup.v1.EmbeddingService,huntgroup.v1.ModelService");
});
