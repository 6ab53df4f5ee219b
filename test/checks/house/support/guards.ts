import { verdict, foldersOf, type House } from "../../../../scripts/floors.ts";
import { exportsOf, folderOf, headComment, importStatements, importsOf, lineCount, type SourceFile } from "./source-tree.ts";

/** Each guard takes a set of files and gives one sentence for each violation; none means that the house is in order. */
export type Sentences = readonly string[];

/** Every import goes to the own folder or to a lower floor of the tree. */
export function wrongFloors(files: readonly SourceFile[], tree: House): Sentences {
  return arrows(files).flatMap(({ from, to }) => {
    const judged = verdict(tree, folderOf(from), folderOf(to));
    return judged === "allowed" ? [] : [`${from} imports ${to}: ${judged}`];
  });
}

/** Every folder with files stands in the tree, and every folder of the tree has files. */
export function foldersBesideTheTree(files: readonly SourceFile[], tree: House): Sentences {
  const there = new Set(files.map(({ path }) => folderOf(path)));
  const listed = new Set(foldersOf(tree));
  return [
    ...[...there].filter((folder) => !listed.has(folder)).map((folder) => `${folder} is not in the tree of scripts/floors.ts`),
    ...[...listed]
      .filter((folder) => !there.has(folder))
      .map((folder) => `${folder} is in the tree of scripts/floors.ts, but has no files`),
  ];
}

/** No folder, taken by its own files, imports itself by way of others: one sentence for each set of folders that reach each other. */
export function foldersInCircles(files: readonly SourceFile[]): Sentences {
  const graph = new Map<string, Set<string>>();
  for (const { from, to } of arrows(files)) {
    const [ours, theirs] = [folderOf(from), folderOf(to)];
    if (ours !== theirs) graph.set(ours, (graph.get(ours) ?? new Set()).add(theirs));
  }
  const reaches = new Map([...graph.keys()].map((folder) => [folder, reachable(graph, folder)]));
  const circles = new Set<string>();
  for (const [folder, reached] of reaches) {
    if (!reached.has(folder)) continue;
    const together = [...reached].filter((other) => reaches.get(other)?.has(folder) === true);
    circles.add(together.toSorted().join(", "));
  }
  return [...circles].map((circle) => `import each other in a circle: ${circle}`);
}

/** No folder has more than `most` files of its own. */
export function crowdedFolders(files: readonly SourceFile[], most = 25): Sentences {
  return [...Map.groupBy(files, ({ path }) => folderOf(path))]
    .filter(([, own]) => own.length > most)
    .map(([folder, own]) => `${folder} has ${own.length} files, more than ${most}`);
}

/** No file has more than `most` lines, unless its first comment says why: `Longer than 400 lines because …`. */
export function longFiles(files: readonly SourceFile[], most = 400): Sentences {
  return files
    .filter((file) => lineCount(file) > most && !headComment(file).includes(`Longer than ${most} lines because `))
    .map((file) => `${file.path} has ${lineCount(file)} lines, and its first comment does not say "Longer than ${most} lines because …"`);
}

/** No file has more than `most` import statements; `exceptions` has a reason for each that is left, by path. */
export function manyImports(files: readonly SourceFile[], exceptions: Readonly<Record<string, string>>, most = 25): Sentences {
  return files
    .filter((file) => importStatements(file) > most && exceptions[file.path] === undefined)
    .map((file) => `${file.path} has ${importStatements(file)} import statements, more than ${most}`);
}

/** No two files export one name; `exceptions` has a reason for each name that is left. */
export function sharedNames(files: readonly SourceFile[], exceptions: Readonly<Record<string, string>>): Sentences {
  const homes = new Map<string, string[]>();
  for (const file of files) for (const name of exportsOf(file)) homes.set(name, [...(homes.get(name) ?? []), file.path]);
  return [...homes]
    .filter(([name, paths]) => paths.length > 1 && exceptions[name] === undefined)
    .map(([name, paths]) => `${name} is exported by ${paths.join(" and ")}`);
}

/** No file under `least` lines has a single importer; `exceptions` has a reason for each that is left, by path. */
export function crumbs(files: readonly SourceFile[], exceptions: Readonly<Record<string, string>>, least = 20): Sentences {
  const importers = new Map<string, string[]>();
  for (const { from, to } of arrows(files)) importers.set(to, [...(importers.get(to) ?? []), from]);
  return files.flatMap((file) => {
    const [only, ...others] = importers.get(file.path) ?? [];
    const isCrumb = lineCount(file) < least && only !== undefined && others.length === 0 && exceptions[file.path] === undefined;
    return isCrumb ? [`${file.path} has ${lineCount(file)} lines and is imported by ${only} alone`] : [];
  });
}

/** The exceptions that no longer are: what they name is gone, or keeps to the rule by now. */
export function staleExceptions(exceptions: Readonly<Record<string, string>>, violations: Sentences): Sentences {
  return Object.keys(exceptions)
    .filter((name) => !violations.some((sentence) => sentence.startsWith(`${name} `)))
    .map((name) => `${name} is listed as an exception and needs to be none`);
}

interface Arrow {
  readonly from: string;
  readonly to: string;
}

/** The imports between the files of the set. */
function arrows(files: readonly SourceFile[]): readonly Arrow[] {
  return files.flatMap((file) =>
    importsOf(file)
      .filter((to) => to.startsWith("src/"))
      .map((to) => ({ from: file.path, to })),
  );
}

function reachable(graph: ReadonlyMap<string, ReadonlySet<string>>, from: string): ReadonlySet<string> {
  const reached = new Set<string>();
  const waiting = [...(graph.get(from) ?? [])];
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    if (reached.has(next)) continue;
    reached.add(next);
    waiting.push(...(graph.get(next) ?? []));
  }
  return reached;
}
