import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { test } from "node:test";
import { AdminService } from "../../../gen/huntgroup/v1/admin_pb.ts";

const folder = `${import.meta.dirname}/../../../src/rpc/admin`;

test("each method of AdminService stands in a file of its name", () => {
  const files = AdminService.methods.map(({ name }) => `${name.replaceAll(/(?<=[a-z])(?=[A-Z])/g, "-").toLowerCase()}.ts`);
  const shared = ["admin-method.ts", "admin-service.ts"];
  const found = readdirSync(folder, { withFileTypes: true }).filter((entry) => entry.isFile());
  assert.deepEqual(found.map(({ name }) => name).sort(), [...files, ...shared].sort());
  for (const [index, file] of files.entries()) {
    const text = readFileSync(`${folder}/${file}`, "utf8");
    assert.match(text, new RegExp(`^export const ${AdminService.methods[index]?.localName}: AdminMethod<`, "m"));
  }
});
