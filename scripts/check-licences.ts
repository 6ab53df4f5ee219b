/** Fails when a dependency, direct or not, has a licence that is not allowed, or none. */
import { readFileSync } from "node:fs";
import { join } from "node:path";

/** Permissive licences that oblige to a notice and nothing else. */
const allowed = new Set([
  "MIT",
  "MIT-0",
  "Apache-2.0",
  "BSD-2-Clause",
  "BSD-3-Clause",
  "ISC",
  "0BSD",
  "BlueOak-1.0.0",
  "Python-2.0",
  "CC0-1.0",
  "Unlicense",
]);

/** Weak copyleft by file: fine for tools that build and are not shipped. */
const allowedForTools = new Set(["MPL-2.0"]);

interface LockFile {
  readonly packages: Readonly<
    Record<string, { readonly version?: string; readonly license?: string; readonly optional?: boolean; readonly dev?: boolean }>
  >;
}

function isAllowed(licence: string): boolean {
  const words = licence
    .replaceAll(/[()]/g, " ")
    .split(/\s+/)
    .filter((word) => word !== "");
  const names = words.filter((word) => word !== "AND" && word !== "OR");
  return words.includes("OR") ? names.some((name) => allowed.has(name)) : names.length > 0 && names.every((name) => allowed.has(name));
}

function licenceOf(folder: string): string | undefined {
  try {
    const manifest = JSON.parse(readFileSync(join(folder, "package.json"), "utf8")) as { license?: string | { type?: string } };
    return typeof manifest.license === "string" ? manifest.license : manifest.license?.type;
  } catch {
    return undefined;
  }
}

const root = process.argv[2] ?? join(import.meta.dirname, "..");
const lock = JSON.parse(readFileSync(join(root, "package-lock.json"), "utf8")) as LockFile;
const problems: string[] = [];
let checked = 0;
for (const [path, entry] of Object.entries(lock.packages)) {
  if (path === "") continue;
  // The lock file repeats what the registry says. A package for another platform has its licence only there.
  const licence = entry.license ?? licenceOf(join(root, path));
  checked++;
  if (licence === undefined) problems.push(`${path}@${entry.version}: names no licence`);
  else if (!isAllowed(licence) && !(entry.dev === true && allowedForTools.has(licence)))
    problems.push(`${path}@${entry.version}: ${licence}`);
}
for (const problem of problems) process.stderr.write(`${problem}\n`);
process.stdout.write(`licences of ${checked} packages checked, ${problems.length} not agreed to (agreed: ${[...allowed].join(", ")})\n`);
process.exitCode = problems.length === 0 ? 0 : 1;
