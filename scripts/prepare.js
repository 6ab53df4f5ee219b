/**
 * Builds the console at the end of `npm ci` and `npm install`, where that is possible. An installation without development dependencies, or of
 * the package files alone as in a Dockerfile's first step, has nothing to build it with and must not fail for that. This file is JavaScript,
 * because such an installation may run on a Node that cannot strip types.
 */
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";

const root = join(import.meta.dirname, "..");
const missing = ["node_modules/vite", "console/index.html"].find((path) => !existsSync(join(root, path)));
if (missing === undefined) {
  const { status } = spawnSync("node", [join(root, "scripts/build-console.ts")], { cwd: root, stdio: "inherit" });
  process.exitCode = status ?? 1;
} else {
  process.stdout.write(`the console is not built, for there is no ${missing}: npm run build:console builds it\n`);
}
