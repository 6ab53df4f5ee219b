import { globSync, readFileSync } from "node:fs";
import { dirname, join, normalize } from "node:path";

/** One file of the house: its path from the repository's root, with `/`, and its text. */
export interface SourceFile {
  readonly path: string;
  readonly text: string;
}

const root = join(import.meta.dirname, "../../../..");

/** All of `src` as it is. */
export function sourcesOfHouse(): readonly SourceFile[] {
  return globSync("src/**/*.ts", { cwd: root })
    .toSorted()
    .map((path) => ({ path, text: readFileSync(join(root, path), "utf8") }));
}

/** All of the console's sources as they are. */
export function sourcesOfConsole(): readonly SourceFile[] {
  return globSync("console/src/**/*.{ts,tsx}", { cwd: root })
    .toSorted()
    .map((path) => ({ path, text: readFileSync(join(root, path), "utf8") }));
}

/** A made-up set of files, for planted violations. */
export function madeUp(files: Readonly<Record<string, string>>): readonly SourceFile[] {
  return Object.entries(files).map(([path, text]) => ({ path, text }));
}

export function folderOf(path: string): string {
  return dirname(path);
}

/**
 * What a file imports by relative paths, as paths from the repository's root: values, types, side effects, re-exports, `import()` of a module
 * or of a type. Each path once.
 */
export function importsOf({ path, text }: SourceFile): readonly string[] {
  const code = withoutComments(text);
  const specifiers = [
    ...code.matchAll(/^(?:import|export)\s(?:[^"';]*?\bfrom\s*)?"(\.[^"]*)"/gm),
    ...code.matchAll(/\bimport\(\s*"(\.[^"]*)"/g),
  ].map((match) => match[1] ?? "");
  return [...new Set(specifiers.map((specifier) => normalize(join(dirname(path), specifier))))];
}

/** The names that a file exports, each once; what it only passes on from another file is that file's. */
export function exportsOf({ text }: SourceFile): readonly string[] {
  const code = withoutComments(text);
  const declared = [
    ...code.matchAll(/^export\s+(?:declare\s+|abstract\s+|async\s+)*(?:const|let|function\*?|class|interface|type|enum)\s+(\w+)/gm),
  ];
  const listed = [...code.matchAll(/^export\s+(?:type\s+)?\{([^}]*)\}(?!\s*from)/gm)].flatMap((match) => (match[1] ?? "").split(","));
  const names = listed.map((entry) => /(\w+)\s*$/.exec(entry)?.[1] ?? "").filter((name) => name !== "");
  return [...new Set([...declared.map((match) => match[1] ?? ""), ...names])];
}

/** How many import statements a file has, of packages as well. */
export function importStatements({ text }: SourceFile): number {
  return [...withoutComments(text).matchAll(/^import\s/gm)].length;
}

/** How many lines a file has. */
export function lineCount({ text }: SourceFile): number {
  return text.split("\n").length - (text.endsWith("\n") ? 1 : 0);
}

/** The first block comment of a file: what it says of itself. */
export function headComment({ text }: SourceFile): string {
  return /\/\*\*([\s\S]*?)\*\//.exec(text)?.[1]?.replaceAll(/\s*\n\s*\*\s*/g, " ") ?? "";
}

/** A file's text with its comments blanked: whole lines of them, so that no text in quotes is mistaken for one. */
function withoutComments(text: string): string {
  return text.replaceAll(/^[ \t]*\/\*[\s\S]*?\*\//gm, "").replaceAll(/^[ \t]*\/\/.*$/gm, "");
}
