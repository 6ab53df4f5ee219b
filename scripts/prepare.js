/**
 * What `npm ci` and `npm install` do at their end: build the console, where that is possible. An installation without development
 * dependencies, or of the package files alone as in a Dockerfile's first step, has nothing to build it with and must not fail for it.
 * JavaScript, because such an installation may run on a Node that does not know types.
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
