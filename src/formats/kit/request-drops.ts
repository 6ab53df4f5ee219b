import type { JsonValue } from "../../core/provider.ts";
import type { JsonMember, JsonText } from "../../lib/json/json-text.ts";
import { parseExact } from "../../lib/json/parse-exact.ts";
import { type DropPath, readDropPaths, withoutPath } from "./drop-paths.ts";
import { routerFields } from "./router-fields.ts";

/** How one request differs in what is left out of it. */
export interface OwnDrops {
  /** Members that are left out, those that are the router's included. */
  readonly remove: ReadonlySet<string>;
  /** Members of which a part is left out. */
  readonly set: ReadonlyMap<string, Buffer>;
}

const isRouterField: ReadonlySet<string> = new Set(routerFields);
const none: readonly DropPath[] = [];
const nothing: ReadonlySet<string> = new Set();

/** What is left out of requests to one deployment, and of single ones by their own `drop_params` and `additional_drop_params`. */
export class RequestDrops {
  /** Parameters left out of every request. */
  readonly names: ReadonlySet<string>;
  readonly #paths: readonly DropPath[];
  readonly #refused: readonly string[];

  constructor(dropped: Iterable<string>, refused: readonly string[] = []) {
    const { names, paths } = readDropPaths(dropped);
    // Thousands of deployments drop nothing of their own.
    this.names = names.size === 0 ? nothing : names;
    this.#paths = paths.length === 0 ? none : paths;
    this.#refused = refused;
  }

  /** @returns Undefined for a request of which no more and no less is left out than of the others. */
  of(body: JsonText): OwnDrops | undefined {
    const asked = this.#asked(body);
    const paths = asked === undefined ? this.#paths : [...this.#paths, ...asked.paths];
    if (asked === undefined && paths.length === 0) return undefined;
    return { remove: new Set([...routerFields, ...(asked?.names ?? this.names)]), set: withoutPaths(body, paths) };
  }

  /** The names of what {@link names} and {@link of} leave out or change of what a body holds. */
  adjusted(body: JsonText): readonly string[] | undefined {
    const own = this.of(body);
    if (own === undefined && this.names.size === 0) return undefined;
    const remove = own?.remove ?? this.names;
    const names = body.members.filter(({ key }) => (remove.has(key) && !isRouterField.has(key)) || own?.set.has(key) === true);
    return names.length === 0 ? undefined : [...new Set(names.map(({ key }) => key))];
  }

  /** What a request says for itself. */
  #asked(body: JsonText): { readonly names: ReadonlySet<string>; readonly paths: readonly DropPath[] } | undefined {
    let additional: JsonValue | undefined;
    let mayDrop: JsonValue | undefined;
    for (const member of body.members) {
      if (member.key === "additional_drop_params") additional = valueOf(body, member);
      else if (member.key === "drop_params") mayDrop = valueOf(body, member);
    }
    const more = Array.isArray(additional) ? readDropPaths(additional as readonly JsonValue[]) : undefined;
    const judged = typeof mayDrop === "boolean" && this.#refused.length > 0 ? mayDrop : undefined;
    if (more === undefined && judged === undefined) return undefined;
    const names = new Set(this.names);
    if (judged === false) for (const name of this.#refused) names.delete(name);
    if (judged === true) for (const name of this.#refused) names.add(name);
    for (const name of more?.names ?? []) names.add(name);
    return { names, paths: more?.paths ?? none };
  }
}

function withoutPaths(body: JsonText, paths: readonly DropPath[]): ReadonlyMap<string, Buffer> {
  const set = new Map<string, Buffer>();
  for (const member of body.members) {
    const own = paths.filter(({ parameter }) => parameter === member.key);
    if (own.length === 0) continue;
    const value = valueOf(body, member);
    const left = own.reduce(withoutPath, value);
    if (left !== value) set.set(member.key, Buffer.from(JSON.stringify(left)));
  }
  return set;
}

function valueOf({ bytes }: JsonText, { valueStart, valueEnd }: JsonMember): JsonValue {
  return parseExact(bytes.toString("utf8", valueStart, valueEnd)) as JsonValue;
}
