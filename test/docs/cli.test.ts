import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { parseCommand } from "../../src/cli/parse-command.ts";
import { huntgroup, leaves, pathOf } from "../../src/cli/program.ts";

const commands = leaves(huntgroup(() => {})).map((command) => ({
  name: pathOf(command).replace("huntgroup ", ""),
  options: command.options,
}));

function helpText(...topic: readonly string[]): string {
  const parsed = parseCommand(["help", ...topic], {});
  assert.ok(parsed.ok && parsed.value.kind === "print");
  return parsed.value.text;
}

const page = readFileSync(new URL("../../docs/cli.md", import.meta.url), "utf8");
const written = [...page.matchAll(/^ {4}(?:KEY=\$\()?huntgroup (.*)$/gm)].map((match) => match[1] ?? "");

for (const line of written) {
  test(`docs/cli.md: "huntgroup ${line}" is a command`, () => {
    // As a shell would: without the remark, without quotes, without the parenthesis that ends a substitution.
    const words = line
      .replace(/\s+#.*$/, "")
      .replace(/\)$/, "")
      .replaceAll("'", "")
      .split(/\s+/);
    const parsed = parseCommand(words, {});
    assert.ok(parsed.ok, parsed.ok ? "" : parsed.error);
  });
}

test("docs/cli.md has a word on every command and every option of the connection", () => {
  for (const { name } of commands.filter(({ name }) => name !== "serve" && name !== "check"))
    assert.ok(
      written.some((line) => line.startsWith(name)),
      name,
    );
  for (const option of ["--url", "--key", "--key-file", "--ca", "--timeout", "--json", "--etag"])
    assert.ok(page.includes(`| \`${option}`), option);
});

test("the help of every command names its options, and the overview every command", () => {
  const overview = helpText();
  for (const { name, options } of commands) {
    assert.ok(overview.includes(`\n  ${name} `), name);
    const help = helpText(...name.split(" "));
    assert.ok(help.startsWith(`Usage: huntgroup ${name} `), help);
    for (const option of options) assert.ok(help.includes(String(option.long)), `${name} ${option.long}`);
  }
  assert.equal(helpText("keys").match(/^ {2}keys /gm)?.length, 4);
});
