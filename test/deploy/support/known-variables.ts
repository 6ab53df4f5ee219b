import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { root } from "./tool.ts";

const named = globSync("src/**/*.ts", { cwd: root }).flatMap(
  (file) => readFileSync(join(root, file), "utf8").match(/\bHUNTGROUP_[A-Z_]+\b/g) ?? [],
);

/** Environment variables that mean something to the program, or to Node. */
export const knownVariables: ReadonlySet<string> = new Set([...named, "NODE_ENV"]);
