/**
 * Where the time of a CPU profile went, idle time aside: whose code it was, and the functions with the most time of their own.
 * `npm run bench -- --lane grpc --target huntgroup --cpu-prof FOLDER`, then `node bench/self-times.ts FOLDER/*.cpuprofile`.
 */
import { readFileSync } from "node:fs";
import { pathToFileURL } from "node:url";
import { projectFile } from "./support/project-file.ts";

interface CallFrame {
  readonly functionName: string;
  readonly url: string;
  readonly lineNumber: number;
}

interface Profile {
  readonly nodes: readonly { readonly id: number; readonly callFrame: CallFrame }[];
  readonly samples: readonly number[];
  /** Microseconds before each sample. */
  readonly timeDeltas: readonly number[];
}

const root = pathToFileURL(projectFile("./")).href;
const ownersShown = 16;
const functionsShown = 40;

/** A package, a folder of this project, a module of Node, or what the engine says itself: `(garbage collector)`. */
function ownerOf({ functionName, url }: CallFrame): string {
  if (url === "") return functionName.startsWith("(") ? functionName : "built in";
  const [, inPackages] = /.*\/node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(url) ?? [];
  const ownOrNodes = url.startsWith(root) ? url.slice(root.length) : url;
  return inPackages ?? ownOrNodes.split("/").slice(0, 2).join("/");
}

function placeOf({ functionName, url, lineNumber }: CallFrame): string {
  const place = url === "" ? "" : ` ${url.split("/").slice(-3).join("/")}:${lineNumber + 1}`;
  return `${functionName === "" ? "(anonymous)" : functionName}${place}`;
}

function printTop(title: string, micros: ReadonlyMap<string, number>, total: number, shown: number): void {
  console.log(`\n${title}`);
  for (const [name, value] of [...micros].toSorted(([, a], [, b]) => b - a).slice(0, shown))
    console.log(`${((100 * value) / total).toFixed(1).padStart(6)} %  ${name}`);
}

for (const file of process.argv.slice(2)) {
  const { nodes, samples, timeDeltas } = JSON.parse(readFileSync(file, "utf8")) as Profile;
  const frames = new Map(nodes.map(({ id, callFrame }) => [id, callFrame]));
  const owners = new Map<string, number>();
  const functions = new Map<string, number>();
  let total = 0;
  for (const [index, id] of samples.entries()) {
    const frame = frames.get(id);
    const micros = timeDeltas[index] ?? 0;
    if (frame === undefined || frame.functionName === "(idle)") continue;
    total += micros;
    for (const [sums, name] of [
      [owners, ownerOf(frame)],
      [functions, placeOf(frame)],
    ] as const)
      sums.set(name, (sums.get(name) ?? 0) + micros);
  }
  console.log(`${file}: ${(total / 1_000).toFixed(0)} ms`);
  printTop("whose code", owners, total, ownersShown);
  printTop("functions", functions, total, functionsShown);
}
