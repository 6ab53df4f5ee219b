import { join } from "node:path";

/** @param path Relative to the project's root. */
export function projectFile(path: string): string {
  return join(import.meta.dirname, "../..", path);
}
