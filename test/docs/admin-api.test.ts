import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { Parties } from "../support/parties.ts";

/** Every command of the page is run, against what it tells to start. */
const root = join(import.meta.dirname, "../..");
const page = readFileSync(join(root, "docs/admin-api.md"), "utf8");
const commands = [...page.matchAll(/^```sh\n(.*?)^```/gms)].flatMap((match) => (match[1] ?? "").trim().split("\n"));
const parties = new Parties();
let origin = "";

before(async () => {
  const service = await parties.service(readFileSync(join(root, "examples/quickstart.yaml"), "utf8"));
  origin = service.origin;
});
after(() => parties.end());

test("the page has commands", () => assert.ok(commands.length >= 10));

for (const command of commands) {
  test(`works as written: ${command.slice(0, 160)}`, async () => {
    const child = spawn("bash", ["-c", command.replaceAll("http://127.0.0.1:8000", origin)]);
    let out = "";
    child.stdout.setEncoding("utf8").on("data", (text: string) => (out += text));
    await once(child, "close");
    const answer = JSON.parse(out) as object;
    const expected = ["deployments", "candidates", "changes", "deployment", "data", "fields", "healthy_endpoints"];
    assert.ok(
      expected.some((member) => member in answer),
      out,
    );
  });
}
