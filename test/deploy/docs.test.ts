import assert from "node:assert/strict";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { parse } from "yaml";
import { loadConfigFile } from "./support/load-config-file.ts";
import { root } from "./support/tool.ts";

const docs = join(root, "docs");

for (const name of ["deploying.md", "runbook.md"]) {
  const text = readFileSync(join(docs, name), "utf8");

  test(`every file and heading that ${name} links to is there`, () => {
    for (const [, file = "", anchor = ""] of text.matchAll(/\]\((?!https?:)([^)#]*)(?:#([^)]+))?\)/g)) {
      const path = file === "" ? join(docs, name) : join(docs, file);
      assert.ok(existsSync(path), `${file} is missing`);
      if (anchor === "") continue;
      const headings = [...readFileSync(path, "utf8").matchAll(/^#+ (.+)$/gm)].map(([, heading = ""]) =>
        heading.toLowerCase().replaceAll(" ", "-"),
      );
      assert.ok(headings.includes(anchor), `${file} has no heading ${anchor}`);
    }
  });
}

const deploying = readFileSync(join(docs, "deploying.md"), "utf8");

test("every path of this repository that a command of deploying.md names is there", () => {
  const paths = [...deploying.matchAll(/(?<![\w/])(?:deploy|scripts)\/[\w./-]+\w/g)].map(([path]) => path);
  assert.ok(paths.length > 10);
  // Made by the command that names it.
  for (const path of paths) assert.ok(path === "deploy/docker/.env" || existsSync(join(root, path)), path);
});

test("the values that deploying.md begins with hold a configuration that the program takes", async () => {
  const blocks = [...deploying.matchAll(/^```yaml\n(.*?)^```/gms)].map(([, block = ""]) => parse(block) as { config?: object });
  const values = blocks.find((block) => block.config !== undefined);
  const folder = mkdtempSync(join(tmpdir(), "huntgroup-deploying-"));
  try {
    const file = join(folder, "config.yaml");
    writeFileSync(file, JSON.stringify(values?.config));
    const { problems } = await loadConfigFile(file, { OPENAI_API_KEY: "key-of-this-test" });
    assert.deepEqual(problems, []);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
