import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { Client, Limit } from "./clients.ts";
import { partOf } from "./clients.ts";
import { scenarios } from "./scenarios.ts";
import { type Upstream, upstreams } from "./upstreams.ts";

const begin = "<!-- Written by `npm run test:clients`: do not change it by hand. -->\n";
const end = "<!-- The end of what is written. -->\n";

/**
 * Puts the matrix in its place of the page.
 * @param untried Clients that are not here: what the page says of one of this version stays, since it was tried elsewhere.
 */
export function withMatrix(page: string, versions: ReadonlyMap<Client, string>, untried: ReadonlySet<Client>): string {
  const [before, rest] = page.split(begin);
  const [, after] = rest?.split(end) ?? [];
  if (before === undefined || after === undefined) throw new Error("docs/clients.md has no place for the matrix.");
  return `${before}${begin}\n${matrixOf(page, versions, untried)}${end}${after}`;
}

/** The matrix and the settings of all clients, in Markdown. Limits are numbered as they come. */
function matrixOf(page: string, versions: ReadonlyMap<Client, string>, untried: ReadonlySet<Client>): string {
  const notes: string[] = [];
  const noteOf = ({ note }: Limit): number => {
    if (!notes.includes(note)) notes.push(note);
    return notes.indexOf(note) + 1;
  };
  const rows = [...versions].map(([client, version]) => {
    const named = `| ${client.title} (\`${client.package}\` ${version}) | ${client.speaks} |`;
    const row = `${named} ${upstreams.map((upstream) => cellOf(client, upstream, noteOf)).join(" | ")} |`;
    return untried.has(client) && !page.includes(row) ? `${named} ${upstreams.map(() => "**not tried**").join(" | ")} |` : row;
  });
  const heads = ["client", "speaks", ...upstreams.map(({ title }) => title)];
  const settings = [...versions.keys()].map(
    ({ title, speaks, settings: [address, key] }) => `| ${title} | ${speaks} | \`${shown(address)}\` | \`${shown(key)}\` |`,
  );
  return [
    `| ${heads.join(" | ")} |`,
    `|${heads.map(() => "---|").join("")}`,
    ...rows,
    "",
    ...notes.map((note, index) => `${index + 1}. ${note}`),
    ...(notes.length === 0 ? [] : [""]),
    "What each of them is given, and was given here:",
    "",
    "| client | speaks | address | key |",
    "|---|---|---|---|",
    ...settings,
    "",
  ].join("\n");
}

function shown(setting: string): string {
  return setting.replace(/=ORIGIN/, "=http://HOST:PORT").replace(/=KEY$/, "=sk-…");
}

function cellOf(client: Client, { name }: Upstream, noteOf: (limit: Limit) => number): string {
  const limits = (client.limits ?? []).filter((limit) => limit.upstreams?.includes(name) ?? true);
  const missing = new Set(limits.flatMap((limit) => limit.scenarios));
  if (missing.size === 0) return "all";
  return `all but ${[...missing].join(", ")} (${limits.map((limit) => String(noteOf(limit))).join(", ")})`;
}

/** Whether a client is known not to do something. */
export function isLimit(client: Client, tried: { readonly upstream: string; readonly scenario: string }): boolean {
  return (client.limits ?? []).some(
    (limit) =>
      (limit.scenarios as readonly string[]).includes(tried.scenario) &&
      ((limit.upstreams as readonly string[] | undefined)?.includes(tried.upstream) ?? true),
  );
}

/** The version of a client's package, from the list that it is installed by. */
export async function versionOf(client: Client): Promise<string> {
  const folder = import.meta.dirname;
  if (partOf(client) === "node-clients") {
    const { dependencies } = JSON.parse(await readFile(join(folder, "node/package.json"), "utf8")) as {
      dependencies: Record<string, string>;
    };
    return dependencies[client.package] ?? "";
  }
  const list = await readFile(join(folder, `python/${client.list ?? "requirements"}.txt`), "utf8");
  return (
    list
      .split("\n")
      .find((line) => line.startsWith(`${client.package}==`))
      ?.split("==")[1] ?? ""
  );
}

/** What has to be tried, by upstream. */
export const wholeRun: readonly string[] = upstreams.flatMap(({ name }) => scenarios.map((scenario) => `${name}: ${scenario}`));
