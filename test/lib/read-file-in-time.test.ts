import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { open } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { endOfReads, readFileInTime } from "../../src/lib/read-file-in-time.ts";

const folder = mkdtempSync(join(tmpdir(), "huntgroup-read-"));
after(() => rmSync(folder, { recursive: true }));
const skip = process.platform === "win32" ? "there are no pipes with names" : false;

function pipe(name: string): string {
  const path = join(folder, name);
  execFileSync("mkfifo", [path]);
  return path;
}

test("a file is read whole, and what cannot be read says why", async () => {
  const path = join(folder, "file");
  writeFileSync(path, "é".repeat(100_000));
  assert.equal(await readFileInTime(path), "é".repeat(100_000));
  writeFileSync(path, "");
  assert.equal(await readFileInTime(path), "");
  await assert.rejects(readFileInTime(join(folder, "nowhere")), { code: "ENOENT" });
  await assert.rejects(readFileInTime(folder), { code: "EISDIR" });
});

test("a pipe that no program writes into is given up, and holds nothing up", { skip }, async () => {
  await assert.rejects(readFileInTime(pipe("silent"), 50), { code: "ETIMEDOUT" });
  assert.equal(await endOfReads(), true);
});

test("a read that is under way when the process ends is waited for", async () => {
  const path = join(folder, "under-way");
  writeFileSync(path, "text");
  const reading = readFileInTime(path);
  assert.equal(await endOfReads(), true, "a file's read is no hanging one");
  assert.equal(await reading, "text");
});

test("a pipe is read to its end, however late its writer comes and however slowly it writes", { skip }, async () => {
  const path = pipe("slow");
  const reading = readFileInTime(path);
  const writer = await open(path, "w");
  await writer.write("model_list: ");
  await writer.write("x".repeat(200_000));
  await writer.close();
  assert.equal(await reading, `model_list: ${"x".repeat(200_000)}`);
});

test("a pipe whose writer stays silent in the middle is given up", { skip }, async () => {
  const path = pipe("stuck");
  const reading = readFileInTime(path, 100);
  const writer = await open(path, "w");
  await writer.write("model_list: ");
  await assert.rejects(reading, { code: "ETIMEDOUT" });
  await writer.close();
});
