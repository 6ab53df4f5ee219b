import { open, rename, rm, stat } from "node:fs/promises";
import { dirname } from "node:path";
import { err, ok, type Result } from "../../lib/result.ts";
import { fileReason } from "./file-reason.ts";
import { formatState, type StateContent } from "./state-json.ts";
import type { StateStore } from "./state-store.ts";

/** For the server's own user alone, since the file holds digests of keys. */
const mode = 0o600;

/**
 * Keeps the state in a file that is replaced whole. The new text is written beside it and is on disk before it takes the old one's name;
 * the folder, which holds the name, is on disk before the write resolves.
 */
export class StateFile implements StateStore {
  readonly path: string;
  /** What the file looked like when it was last read or written here. Undefined when it was not there. */
  #seen: string | undefined;

  private constructor(path: string, seen: string | undefined) {
    this.path = path;
    this.#seen = seen;
  }

  /** To be called right after the file was read. */
  static async at(path: string): Promise<StateFile> {
    return new StateFile(path, await look(path));
  }

  async write(content: StateContent): Promise<Result<undefined, string>> {
    const fresh = `${this.path}.tmp`;
    try {
      const present = await look(this.path);
      if (present !== undefined && this.#seen !== undefined && present !== this.#seen) {
        return err(`the state file ${this.path} was written by another program meanwhile (restart this one to take that over)`);
      }
      await writeThrough(fresh, formatState(content));
      await rename(fresh, this.path);
      this.#seen = await look(this.path);
      await syncFolder(dirname(this.path));
      return ok(undefined);
    } catch (cause) {
      return err(`the state file ${this.path} cannot be written (${fileReason(cause)})`);
    }
  }

  /** @returns Why the file could not be written now. Undefined when it could. */
  async whyReadOnly(): Promise<string | undefined> {
    const probe = `${this.path}.tmp`;
    try {
      await writeThrough(probe, "");
      await rm(probe);
      return undefined;
    } catch (cause) {
      return fileReason(cause);
    }
  }
}

async function writeThrough(path: string, text: string): Promise<void> {
  const file = await open(path, "w", mode);
  try {
    // A file that a crash left behind may have another mode.
    await file.chmod(mode);
    await file.writeFile(text);
    await file.sync();
  } finally {
    await file.close();
  }
}

async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, "r");
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}

async function look(path: string): Promise<string | undefined> {
  try {
    const { ino, size, mtimeNs } = await stat(path, { bigint: true });
    return `${ino}:${size}:${mtimeNs}`;
  } catch (cause) {
    if (fileReason(cause) === "ENOENT") return undefined;
    throw cause;
  }
}
