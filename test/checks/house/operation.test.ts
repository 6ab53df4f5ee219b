import { MethodOptions_IdempotencyLevel } from "@bufbuild/protobuf/wkt";
import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { AdminService } from "../../../gen/huntgroup/v1/admin_pb.ts";

const src = join(import.meta.dirname, "../../../src");

function kebab(name: string): string {
  return name.replace(/\B[A-Z]/g, "-$&").toLowerCase();
}

/** Those of these files that are not there. */
function missing(paths: readonly string[]): readonly string[] {
  return paths.filter((path) => !existsSync(join(src, path)));
}

test("each method of AdminService has a file in rpc/admin, named after it", () => {
  assert.deepEqual(missing(AdminService.methods.map(({ name }) => `rpc/admin/${kebab(name)}.ts`)), []);
});

const changing = AdminService.methods.filter(({ idempotency }) => idempotency !== MethodOptions_IdempotencyLevel.NO_SIDE_EFFECTS);

test("each method of AdminService that changes something has a file in control/changes, named after it", () => {
  assert.ok(changing.length > 10);
  assert.deepEqual(missing(changing.map(({ name }) => `control/changes/${kebab(name)}.ts`)), []);
});
