import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { test } from "node:test";
import { ModelTable, modelTable } from "../../../src/config/models/model-table.ts";

interface File {
  readonly source: string;
  readonly readOn: string;
  readonly models: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
}

const texts = await Promise.all(
  ["models", "older-models"].map((name) => readFile(new URL(`../../../data/${name}.json`, import.meta.url), "utf8")),
);
const files = texts.map((text) => JSON.parse(text) as File);

test("the files say where they are from and when they were read, and are plain ASCII with one row a line", () => {
  for (const [index, { source, readOn, models }] of files.entries()) {
    assert.match(source, /LiteLLM|github\.com/);
    assert.match(readOn, /^\d{4}-\d{2}-\d{2}$/);
    assert.match(texts[index] ?? "", /^[\n\x20-\x7e]*$/);
    // The first line and the last one hold no row.
    assert.equal(texts[index]?.split("\n").length, Object.keys(models).length + 3);
  }
});

test("every row is found by its name, as it stands in the file, and what stands for another is that one", () => {
  const table = new ModelTable(() => texts);
  const [newer, older] = files.map(({ models }) => models);
  for (const [name, row] of Object.entries({ ...older, ...newer })) {
    const target = row["alias_of"];
    assert.deepEqual(table.row(name), typeof target === "string" ? newer?.[target] : row, name);
  }
});

test("prices are plausible", () => {
  for (const { models } of files) {
    for (const [name, row] of Object.entries(models)) {
      for (const [field, value] of Object.entries(row)) {
        if (field === "search_context_cost_per_query") {
          for (const price of Object.values(value as object)) assert.ok(typeof price === "number" && price >= 0 && price < 0.2, name);
        } else if (/_per_(?:image|query)$/.test(field)) assert.ok(typeof value === "number" && value >= 0 && value < 1, `${name} ${field}`);
        else if (/cost/.test(field))
          assert.ok(typeof value === "number" && value >= 0 && value < 0.01, `${name} ${field}: ${String(value)}`);
      }
    }
  }
});

test("older prices are of models that the newer table does not have", () => {
  const [newer, older] = files;
  for (const name of Object.keys(older?.models ?? {})) assert.equal(newer?.models[name], undefined, name);
});

test("a table is read at the first question, and only rows that are asked for are parsed", () => {
  let reads = 0;
  const table = new ModelTable(() => {
    reads++;
    return ['{"models":{\n"a":{"max_tokens":1},\n"b":broken,\n"c":{"max_tokens":3}\n}}\n'];
  });
  assert.equal(reads, 0);
  assert.equal(table.row("x"), undefined);
  assert.deepEqual(table.row("c"), { max_tokens: 3 });
  assert.deepEqual([table.row("a"), table.row("a")], [{ max_tokens: 1 }, { max_tokens: 1 }]);
  assert.deepEqual([reads, table.parsed], [1, 2]);
});

test("the first look costs less than 50 ms of CPU time", () => {
  const before = process.cpuUsage();
  assert.notEqual(modelTable.row("gpt-4o"), undefined);
  const { user, system } = process.cpuUsage(before);
  assert.ok(user + system < 50_000, `${user + system} µs`);
});
