import { readFile, stat } from "node:fs/promises";
import type { FileLooker } from "./file-watcher.ts";

/** Files as they are on the disk. Links are followed, so a link that is led elsewhere is a change. */
export const diskFiles: FileLooker = {
  async look(path) {
    const { dev, ino, size, mtimeNs, ctimeNs } = await stat(path, { bigint: true });
    return `${dev}:${ino}:${size}:${mtimeNs}:${ctimeNs}`;
  },
  read: (path) => readFile(path, "utf8"),
};
