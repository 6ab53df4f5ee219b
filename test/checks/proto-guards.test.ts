import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { cpSync, globSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";

const root = join(import.meta.dirname, "../..");
const buf = join(root, "node_modules/.bin/buf");
const folders: string[] = [];
after(() => folders.forEach((folder) => rmSync(folder, { recursive: true })));

/** A copy of the contract with one edit in one of its files. */
function contractWith(file: string, from: string | RegExp, to: string): string {
  const folder = mkdtempSync(join(tmpdir(), "huntgroup-proto-"));
  folders.push(folder);
  for (const name of ["proto", "buf.yaml"]) cpSync(join(root, name), join(folder, name), { recursive: true });
  const path = join(folder, "proto/huntgroup/v1", file);
  const before = readFileSync(path, "utf8");
  const edited = before.replace(from, to);
  assert.notEqual(edited, before, "the planted edit must change the file");
  writeFileSync(path, edited);
  return folder;
}

function run(...args: string[]): { code: number | null; output: string } {
  const { status, stdout, stderr } = spawnSync(buf, args, { encoding: "utf8", cwd: root });
  return { code: status, output: stdout + stderr };
}

test("buf breaking sees a field that changes its number", () => {
  const { code, output } = run("breaking", contractWith("chat.proto", /string model = (\d+);/, "string model = 4242;"), "--against", root);
  assert.notEqual(code, 0);
  assert.match(output, /model/);
});

test("buf breaking sees a method that is gone", () => {
  const { code, output } = run("breaking", contractWith("admin.proto", /rpc SetWeights\([^}]*\}/, ""), "--against", root);
  assert.notEqual(code, 0);
  assert.match(output, /SetWeights/);
});

test("buf lint sees a name that breaks the style", () => {
  const { code, output } = run("lint", contractWith("admin.proto", "service AdminService", "service Admin"));
  assert.notEqual(code, 0);
  assert.match(output, /Service/);
});

test("the contract as it is breaks nothing and lints clean", () => {
  assert.deepEqual(run("breaking", root, "--against", root), { code: 0, output: "" });
  assert.deepEqual(run("lint", root), { code: 0, output: "" });
});

test("no message has a text and a field of its name with `_bytes`: generated Java would have two methods of one name", () => {
  for (const file of globSync("proto/huntgroup/v1/*.proto", { cwd: root })) {
    const text = readFileSync(join(root, file), "utf8");
    for (const [, message = "", body = ""] of text.matchAll(/^\s*message (\w+) \{([^{}]*)/gm)) {
      const texts = Array.from(body.matchAll(/^\s*(?:optional )?string (\w+) = /gm), ([, name = ""]) => name);
      const doubled = texts.filter((name) => new RegExp(`\\s${name}_bytes = `).test(body));
      assert.deepEqual(doubled, [], `${file}, ${message}`);
    }
  }
});
