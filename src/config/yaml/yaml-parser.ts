import { Worker } from "node:worker_threads";
import { SourceFile } from "../tree/source-file.ts";
import { unpackYaml, type PackedYaml } from "./packed-yaml.ts";
import { readYaml } from "./read-yaml.ts";
import type { YamlFile } from "./yaml-file.ts";

/** Texts of fewer characters are parsed in place: it takes less than 0.2 s, and starting a thread takes 0.1 s. */
const fewestForWorker = 262_144;

/** A file and, where another thread has read it, the form in which more threads can have it. */
export interface ParsedYaml {
  readonly yaml: YamlFile;
  readonly packed: PackedYaml | undefined;
}

/**
 * Parses configuration files without holding up calls: long ones on a thread of their own. A file whose text is the same as before is not
 * parsed again, because every change at run time loads the configuration anew.
 */
export class YamlParser {
  readonly #parsed = new Map<string, ParsedYaml>();

  async parse(path: string, text: string): Promise<ParsedYaml> {
    const known = this.#parsed.get(path);
    if (known?.yaml.file.text === text) return known;
    const file = new SourceFile(path, text);
    // Where no other thread can be had, this one has to do it.
    const packed = text.length < fewestForWorker ? undefined : await parseOnWorker(path, text).catch(() => undefined);
    const parsed = { yaml: packed === undefined ? readYaml(file) : unpackYaml(file, packed), packed };
    this.#parsed.set(path, parsed);
    return parsed;
  }
}

/** Rejects when the thread could not be started, or failed. */
function parseOnWorker(path: string, text: string): Promise<PackedYaml> {
  return new Promise((resolve, reject) => {
    const worker = new Worker(workerFile(), { workerData: { path, text }, env: {}, name: "configuration" });
    worker.once("message", resolve);
    worker.once("error", reject);
    worker.once("exit", () => reject(new Error("the thread ended without an answer")));
  });
}

/** The sources are run as they are, and what is built from them is JavaScript. */
function workerFile(): URL {
  return new URL(import.meta.url.endsWith(".ts") ? "./parse-worker.ts" : "./parse-worker.js", import.meta.url);
}
