import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { importStrategy } from "../../src/app/import-strategy.ts";

const folder = mkdtempSync(join(tmpdir(), "huntgroup-strategy-"));
after(() => rmSync(folder, { recursive: true }));

const files: Readonly<Record<string, string>> = {
  "package.json": '{"type": "commonjs"}',
  "helper.ts": "export const name: string = 'typed';\n",
  "typed.ts": "import { name } from './helper.ts';\nconst own: string = name;\nexport default { name: own };\n",
  "plain.js": "export default { name: 'plain' };\n",
  "common.js": "module.exports = { name: 'common' };\n",
  "common.cjs": "module.exports = { name: 'cjs' };\n",
  "module.mjs": "export default { name: 'mjs' };\n",
};
for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);

for (const [file, name] of [
  ["typed.ts", "typed"],
  ["plain.js", "plain"],
  ["common.js", "common"],
  ["common.cjs", "cjs"],
  ["module.mjs", "mjs"],
] as const) {
  test(`a strategy in ${file} loads beside a package.json of type commonjs`, async () => {
    assert.deepEqual({ ...((await importStrategy(join(folder, file))) as { default: object }).default }, { name });
  });
}

test("what cannot be imported says so, and leaves no hook behind", async () => {
  writeFileSync(join(folder, "broken.ts"), "export default {;\n");
  await assert.rejects(importStrategy(join(folder, "broken.ts")));
  await assert.rejects(importStrategy(join(folder, "nowhere.ts")));
});
