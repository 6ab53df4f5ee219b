import { execFileSync } from "node:child_process";
import { projectFile } from "./project-file.ts";

/** Builds the program as `npm run build` does, in a place of its own. @returns Its entry: what users start, without types to be stripped. */
export function builtProgram(): string {
  const folder = projectFile("bench/results/program");
  const build = ["--project", projectFile("tsconfig.build.json"), "--outDir", folder, "--noCheck"];
  execFileSync(projectFile("node_modules/.bin/tsc"), build, { stdio: ["ignore", "ignore", "inherit"] });
  return `${folder}/src/main.js`;
}
