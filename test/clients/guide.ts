import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { cp, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { after, before, test } from "node:test";
import { interopFolder, setupProblem, type SetupPart } from "../interop/support/setup-problem.ts";
import { chatAnswer, masterKey, serviceConfig } from "../interop/support/service-config.ts";
import { startService, type RunningTestService } from "../support/start-service.ts";

/**
 * Runs every snippet of docs/clients.md (`npm run test:clients`) against a server of its own. Where a language's toolchain is missing its
 * snippet is a skipped test that says so.
 */

const root = join(import.meta.dirname, "../..");
const page = await readFile(join(root, "docs/clients.md"), "utf8");
let service: RunningTestService;
let folder = "";

before(async () => {
  service = await startService(serviceConfig({}));
  folder = await mkdtemp(join(tmpdir(), "huntgroup-clients-"));
});

after(async () => {
  await service.stop();
  await rm(folder, { recursive: true });
});

/** How a language's snippet is run. @returns What it printed. */
type Run = (snippet: string) => Promise<string>;

async function run(command: string, args: readonly string[], cwd: string, env: Readonly<Record<string, string>> = {}): Promise<string> {
  const told = { HUNTGROUP_ADDRESS: `${service.host}:${service.port}`, HUNTGROUP_KEY: masterKey, no_proxy: "*", NO_PROXY: "*" };
  const child = spawn(command, args, { cwd, env: { ...process.env, ...told, ...env }, stdio: ["ignore", "pipe", "pipe"] });
  const exit = new Promise<number | null>((resolve, reject) => child.on("error", reject).on("close", resolve));
  const [stdout, stderr, code] = await Promise.all([text(child.stdout), text(child.stderr), exit]);
  assert.equal(code, 0, stdout + stderr);
  return stdout;
}

const withBin = { PATH: `${join(interopFolder, "bin")}:${process.env["PATH"]}` };

const languages: Readonly<Record<string, { readonly part?: SetupPart; readonly answers: number; readonly run: Run }>> = {
  bash: { part: "go", answers: 1, run: (snippet) => run("bash", ["-euc", snippet], folder, withBin) },

  typescript: {
    answers: 2,
    async run(snippet) {
      // The package as it is published, as far as the snippet needs it.
      const app = join(folder, "typescript");
      const installed = join(app, "node_modules/huntgroup");
      await mkdir(installed, { recursive: true });
      await cp(join(root, "package.json"), join(installed, "package.json"));
      await run(join(root, "node_modules/.bin/tsc"), ["--project", "tsconfig.build.json", "--outDir", join(installed, "dist")], root);
      for (const scope of ["@bufbuild", "@connectrpc"]) await symlink(join(root, "node_modules", scope), join(app, "node_modules", scope));
      await writeFile(join(app, "package.json"), '{ "type": "module" }');
      await writeFile(join(app, "main.ts"), snippet);
      return await run(process.execPath, ["main.ts"], app);
    },
  },

  python: {
    part: "python",
    answers: 2,
    async run(snippet) {
      await writeFile(join(folder, "main.py"), snippet);
      const env = { PYTHONPATH: join(interopFolder, "python-gen") };
      return await run(join(interopFolder, "python/bin/python"), ["main.py"], folder, env);
    },
  },

  go: {
    part: "go",
    answers: 2,
    async run(snippet) {
      // In the module of the Go client, beside its generated code.
      const app = join(folder, "go");
      for (const name of ["go.mod", "go.sum", "gen"]) await cp(join(interopFolder, "go", name), join(app, name), { recursive: true });
      await writeFile(join(app, "main.go"), snippet.replace("example.com/app/", "huntgroup.test/interop/"));
      return await run("go", ["run", "."], app);
    },
  },
};

for (const [language, { part, answers, run: runSnippet }] of Object.entries(languages)) {
  const snippets = [...page.matchAll(new RegExp(`^\`\`\`${language}\n([^]*?)^\`\`\`$`, "gm"))].map(([, snippet = ""]) => snippet);
  const problem = part === undefined ? undefined : await setupProblem(part);
  const skip = problem ?? false;
  test(`the guide's snippet in ${language} prints the answer`, { skip }, async () => {
    assert.equal(snippets.length, 1);
    const printed = await runSnippet(snippets[0] ?? "");
    assert.equal(printed.split(chatAnswer).length - 1, answers, printed);
  });
}

test("the guide has no snippet that is not run", () => {
  const fences = [...page.matchAll(/^```(\w+)$/gm)].map(([, language]) => language);
  assert.deepEqual(fences, Object.keys(languages));
});
