import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { JsonMembers } from "../../core/provider.ts";
import { packageRoot } from "../../lib/package-root.ts";

/** What is known of a model, by LiteLLM's names: `max_input_tokens`, `input_cost_per_token`, `supports_vision`. */
export type ModelRow = JsonMembers;

/** Where a page's rows begin, by the names that they have there. */
interface Page {
  readonly text: string;
  readonly starts: ReadonlyMap<string, number>;
}

/**
 * A table of models, one row a line. Pages are read at the first question, and of their rows only those are parsed that are asked for: a
 * configuration names a few of thousands.
 */
export class ModelTable {
  readonly #read: () => readonly string[];
  #pages: readonly Page[] | undefined;
  readonly #rows = new Map<string, ModelRow | undefined>();

  /** @param read Reads the pages. The first one that has a name counts. */
  constructor(read: () => readonly string[]) {
    this.#read = read;
  }

  /** How many rows were parsed. */
  get parsed(): number {
    return this.#rows.size;
  }

  /** The row of this whole name, or of the name that it stands for (`alias_of`). */
  row(name: string): ModelRow | undefined {
    const row = this.#row(name);
    const target = row?.["alias_of"];
    return typeof target === "string" ? this.#row(target) : row;
  }

  /** Whether any name begins like this. */
  hasNames(beginning: string): boolean {
    return this.#ofAll.some(({ text }) => text.includes(`\n"${beginning}`));
  }

  get #ofAll(): readonly Page[] {
    return (this.#pages ??= this.#read().map(createPage));
  }

  #row(name: string): ModelRow | undefined {
    const known = this.#rows.get(name);
    if (known !== undefined) return known;
    for (const { text, starts } of this.#ofAll) {
      const start = starts.get(name);
      if (start === undefined) continue;
      const row = parsedLine(text, start);
      this.#rows.set(name, row);
      return row;
    }
    return undefined;
  }
}

/** LiteLLM's public table, and beneath it prices of models that it no longer has. Each file names its source and the day it was read. */
export const modelTable = new ModelTable(() =>
  // Both are plain ASCII, which is read fastest like this.
  ["models.json", "older-models.json"].map((name) => readFileSync(join(packageRoot(), "data", name), "latin1")),
);

function createPage(text: string): Page {
  const starts = new Map<string, number>();
  // The first line says where the rows are from.
  for (let line = text.indexOf("\n") + 1; text.startsWith('"', line); line = text.indexOf("\n", line) + 1) {
    const end = text.indexOf('":', line);
    starts.set(text.slice(line + 1, end), end + 2);
  }
  return { text, starts };
}

function parsedLine(text: string, start: number): ModelRow {
  const line = text.slice(start, text.indexOf("\n", start));
  return JSON.parse(line.endsWith(",") ? line.slice(0, -1) : line) as ModelRow;
}
