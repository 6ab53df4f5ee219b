import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { extname, join } from "node:path";

/** One file of the console, in memory. */
export interface ConsoleFile {
  readonly contentType: string;
  /** The content as it is, and compressed where the build did so. */
  readonly forms: { readonly identity: ConsoleForm; readonly br: ConsoleForm | undefined; readonly gzip: ConsoleForm | undefined };
}

/** A file's content in one coding. */
export interface ConsoleForm {
  readonly content: Buffer;
  /** A digest of the content, in quotes. */
  readonly etag: string;
}

const contentTypes: Readonly<Record<string, string>> = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".svg": "image/svg+xml",
};

/**
 * Reads all files of the console, so that no request reaches the disk.
 * @returns The files by their path below the folder, such as `index.html` and `assets/index-1a2b3c.js`. Undefined when the console was not
 * built.
 */
export function readConsoleFiles(folder: string): ReadonlyMap<string, ConsoleFile> | undefined {
  const contents = new Map<string, Buffer>();
  try {
    for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
      if (!entry.isFile()) continue;
      const path = join(entry.parentPath, entry.name);
      contents.set(path.slice(folder.length + 1).replaceAll("\\", "/"), readFileSync(path));
    }
  } catch {
    return undefined;
  }
  const files = new Map<string, ConsoleFile>();
  for (const [name, content] of contents) {
    const contentType = contentTypes[extname(name)];
    if (contentType === undefined) continue;
    files.set(name, {
      contentType,
      forms: { identity: toForm(content), br: formOf(contents.get(`${name}.br`)), gzip: formOf(contents.get(`${name}.gz`)) },
    });
  }
  return files.has("index.html") ? files : undefined;
}

function formOf(content: Buffer | undefined): ConsoleForm | undefined {
  return content === undefined ? undefined : toForm(content);
}

function toForm(content: Buffer): ConsoleForm {
  return { content, etag: `"${createHash("sha256").update(content).digest("base64url").slice(0, 27)}"` };
}
