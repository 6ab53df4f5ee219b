import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";

/** What `npm ci` runs at its end, in folders that hold as much as an installation may. */
const root = join(import.meta.dirname, "../..");
const scratch = mkdtempSync(join(tmpdir(), "huntgroup-prepare-"));
after(() => rmSync(scratch, { recursive: true }));

function prepare(
  name: string,
  present: readonly string[],
  modules: "all" | "none",
): { status: number | null; out: string; folder: string } {
  const folder = join(scratch, name);
  mkdirSync(folder);
  for (const path of present) cpSync(join(root, path), join(folder, path), { recursive: true });
  if (modules === "all") symlinkSync(join(root, "node_modules"), join(folder, "node_modules"));
  const { status, stdout, stderr } = spawnSync("npm", ["run", "prepare"], { cwd: folder, encoding: "utf8" });
  return { status, out: stdout + stderr, folder };
}

/** Quick to load over a poor line at three in the morning. */
const mostScriptBytes = 68 * 1_024;

const sources = ["package.json", "scripts", "console", "gen", "src", "tsconfig.json"];

test("a clone with all its packages gets its console", () => {
  const { status, out, folder } = prepare("clone", sources, "all");
  assert.equal(status, 0, out);
  assert.match(out, /the console is built: dist\/console/);
  const assets = join(folder, "dist/console/assets");
  const scripts = readdirSync(assets).filter((name) => name.endsWith(".js.gz"));
  assert.ok(scripts.length > 0);
  const bytes = scripts.reduce((sum, name) => sum + statSync(join(assets, name)).size, 0);
  assert.ok(bytes < mostScriptBytes, `${bytes} bytes of scripts, packed`);
});

test("without development dependencies nothing is built, which is said, and the installation is well", () => {
  const { status, out } = prepare("production", sources, "none");
  assert.equal(status, 0, out);
  assert.match(out, /the console is not built, for there is no node_modules\/vite: npm run build:console builds it/);
});

test("of the package files alone, as in a Dockerfile's first step, nothing is built, and the installation is well", () => {
  const { status, out } = prepare("docker", ["package.json"], "all");
  assert.equal(status, 0, out);
  assert.match(out, /the console is not built, for its sources are not here/);
});
