import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { cp, glob, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { text } from "node:stream/consumers";
import { after, before, test } from "node:test";
import { interopFolder, setupProblem, type SetupPart } from "../interop/support/setup-problem.ts";
import { chatAnswer, masterKey, serviceConfig } from "../interop/support/service-config.ts";
import { startService, type RunningTestService } from "../support/start-service.ts";

/**
 * Runs every command and snippet of docs/clients.md (`npm run test:clients`) against a server of its own. Where a language's toolchain is
 * missing its section is a skipped test that says so.
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

/** What the guide says of one language. */
interface Section {
  /** Its blocks of code, each after the word that names what it is written in. */
  readonly snippets: readonly { readonly written: string; readonly text: string }[];
  /** Its commands, one a line. */
  readonly commands: readonly string[];
}

interface Language {
  readonly parts: readonly SetupPart[];
  /** What its blocks are written in, in their order. */
  readonly snippets: readonly string[];
  /** How often the answer is printed. */
  readonly answers: number;
  /** Runs the section as it stands. @param app A folder of its own, with `proto/` in it. @returns What it printed. */
  run(section: Section, app: string): Promise<string>;
}

async function run(command: string, args: readonly string[], cwd: string, env: Readonly<Record<string, string>> = {}): Promise<string> {
  const told = { HUNTGROUP_ADDRESS: `${service.host}:${service.port}`, HUNTGROUP_KEY: masterKey, no_proxy: "*", NO_PROXY: "*" };
  const child = spawn(command, args, { cwd, env: { ...process.env, ...told, ...env }, stdio: ["ignore", "pipe", "pipe"] });
  const exit = new Promise<number | null>((resolve, reject) => child.on("error", reject).on("close", resolve));
  const [stdout, stderr, code] = await Promise.all([text(child.stdout), text(child.stderr), exit]);
  assert.equal(code, 0, stdout + stderr);
  return stdout;
}

/** With protoc, its plugins, grpcurl and Python's environment where a shell looks first. */
const tools = ["java/bin", "bin", "python/bin"].map((name) => join(interopFolder, name));
const withTools = { PATH: [...tools, process.env["PATH"]].join(":") };

async function runCommands({ commands }: Section, app: string): Promise<void> {
  assert.notEqual(commands.length, 0);
  await run("bash", ["-euc", commands.join("\n")], app, withTools);
}

/** The only block that is written in this. */
function only({ snippets }: Section, written: string): string {
  const [found, ...more] = snippets.filter((one) => one.written === written);
  assert.ok(found !== undefined && more.length === 0, `the section has not one block of ${written}`);
  return found.text;
}

const languages: Readonly<Record<string, Language>> = {
  grpcurl: {
    parts: ["go"],
    snippets: ["bash"],
    answers: 1,
    run: (section, app) => run("bash", ["-euc", only(section, "bash")], app, withTools),
  },

  TypeScript: {
    parts: [],
    snippets: ["typescript"],
    answers: 2,
    async run(section, app) {
      // The package as it is published, as far as the snippet needs it.
      const installed = join(app, "node_modules/huntgroup");
      await mkdir(installed, { recursive: true });
      await cp(join(root, "package.json"), join(installed, "package.json"));
      await run(join(root, "node_modules/.bin/tsc"), ["--project", "tsconfig.build.json", "--outDir", join(installed, "dist")], root);
      for (const scope of ["@bufbuild", "@connectrpc"]) await symlink(join(root, "node_modules", scope), join(app, "node_modules", scope));
      await writeFile(join(app, "package.json"), '{ "type": "module" }');
      await writeFile(join(app, "main.ts"), only(section, "typescript"));
      return await run(process.execPath, ["main.ts"], app);
    },
  },

  Python: {
    parts: ["python"],
    snippets: ["python"],
    answers: 2,
    async run(section, app) {
      // What pip installs is there: see test/interop/python/requirements.txt.
      await runCommands({ ...section, commands: section.commands.filter((command) => !command.startsWith("pip ")) }, app);
      await writeFile(join(app, "main.py"), only(section, "python"));
      return await run("python", ["main.py"], app, withTools);
    },
  },

  Go: {
    parts: ["go", "java"],
    snippets: ["go"],
    answers: 2,
    async run(section, app) {
      for (const name of ["go.mod", "go.sum"]) await cp(join(interopFolder, "go", name), join(app, name));
      await run("go", ["mod", "edit", "-module=example.com/app"], app);
      await runCommands(section, app);
      await writeFile(join(app, "main.go"), only(section, "go"));
      return await run("go", ["run", "."], app);
    },
  },

  Java: {
    parts: ["java"],
    snippets: ["xml", "java"],
    answers: 2,
    async run(section, app) {
      const pom = await readFile(join(root, "test/interop/java/pom.xml"), "utf8");
      assert.ok(pom.replaceAll(/\s+/g, " ").includes(only(section, "xml").replaceAll(/\s+/g, " ").trim()), "the pom has other versions");
      await runCommands(section, app);
      await writeFile(join(app, "src/main/java/Main.java"), only(section, "java"));
      const sources: string[] = [];
      for await (const file of glob("src/main/java/**/*.java", { cwd: app })) sources.push(file);
      const libraries = join(interopFolder, "java/lib/*");
      await run("javac", ["--release", "11", "-nowarn", "-d", "classes", "-cp", libraries, ...sources], app);
      return await run("java", ["-cp", `classes:${libraries}`, "Main"], app);
    },
  },

  Rust: {
    parts: ["rust", "java"],
    snippets: ["toml", "rust", "rust"],
    answers: 2,
    async run(section, app) {
      const pinned = join(root, "test/interop/rust");
      const manifest = await readFile(join(pinned, "Cargo.toml"), "utf8");
      assert.ok(manifest.endsWith(only(section, "toml")), "the manifest has other versions");
      for (const name of ["Cargo.toml", "Cargo.lock"]) await cp(join(pinned, name), join(app, name));
      for (const { written, text: source } of section.snippets) {
        if (written !== "rust") continue;
        const [, file = ""] = /^\/\/ (\S+)\n/.exec(source) ?? [];
        await mkdir(dirname(join(app, file)), { recursive: true });
        await writeFile(join(app, file), source);
      }
      const env = { ...withTools, CARGO_PROFILE_DEV_DEBUG: "0", CARGO_TARGET_DIR: join(interopFolder, "rust/target") };
      return await run("cargo", ["run", "--quiet", "--locked", "--offline"], app, env);
    },
  },
};

/** The guide's sections by their heading. Those without a snippet are not of a language. */
const sections: ReadonlyMap<string, Section> = new Map(
  page
    .split(/^## /m)
    .map((part): [string, Section] => {
      const snippets = [...part.matchAll(/^```(\w+)\n([^]*?)^```$/gm)].map(([, written = "", code = ""]) => ({ written, text: code }));
      const commands = part.replaceAll(/^```\w+\n[^]*?^```$/gm, "").matchAll(/^ {4}(\S.*)$/gm);
      return [part.slice(0, part.indexOf("\n")), { snippets, commands: [...commands].map(([, command = ""]) => command) }];
    })
    .filter(([, { snippets }]) => snippets.length > 0),
);

for (const [name, language] of Object.entries(languages)) {
  const { parts, answers } = language;
  const problems = (await Promise.all(parts.map(setupProblem))).filter((problem) => problem !== undefined);
  const skip = problems.length > 0 && `SKIPPED, nothing of it was run: ${problems.join("; ")}`;
  test(`the guide's commands and snippets for ${name} print the answer`, { skip }, async () => {
    const section = sections.get(name);
    assert.ok(section !== undefined);
    const app = join(folder, name);
    await mkdir(app);
    await symlink(join(root, "proto"), join(app, "proto"));
    const printed = await language.run(section, app);
    assert.equal(printed.split(chatAnswer).length - 1, answers, printed);
  });
}

test("the guide has no snippet that is not run", () => {
  const written = [...sections].map(([language, { snippets }]) => [language, snippets.map((one) => one.written)]);
  const wanted = Object.entries(languages).map(([language, { snippets }]) => [language, snippets]);
  assert.deepEqual(written, wanted);
  assert.equal(page.match(/^```\w+$/gm)?.length, wanted.flatMap(([, snippets]) => snippets).length);
});
