import type { JsonMembers, JsonValue } from "../../../core/provider.ts";
import { isMembers } from "../../kit/chat/chat-fields.ts";

/** Far more than any call's arguments. */
const mostCharacters = 4 * 1024 * 1024;
const deepest = 64;

type Node = JsonValue[] | Map<string, Slot>;
type Slot = Node | JsonValue;

/** Puts together the arguments of a call that come in pieces: each names its place by a path (`$.recipe.steps[2]`), and texts may go on. */
export class PartialArguments {
  readonly #root = new Map<string, Slot>();
  #characters = 0;

  /** @returns false for a piece that fits nowhere. */
  add(piece: JsonMembers): boolean {
    const { jsonPath } = piece;
    const path = typeof jsonPath === "string" ? stepsOf(jsonPath) : undefined;
    const value = valueOf(piece);
    if (typeof jsonPath !== "string" || path === undefined || value === undefined) return false;
    return this.#isWithin(jsonPath.length + (typeof value === "string" ? value.length : 0)) && put(this.#root, path, value);
  }

  /** Lays whole arguments beneath what comes in pieces. @returns false where they are too many. */
  addWhole(args: JsonMembers): boolean {
    if (!this.#isWithin(JSON.stringify(args).length)) return false;
    for (const [name, value] of Object.entries(args)) if (!this.#root.has(name)) this.#root.set(name, value);
    return true;
  }

  /** All that came, as JSON. */
  toJson(): string {
    return JSON.stringify(plain(this.#root));
  }

  #isWithin(characters: number): boolean {
    this.#characters += characters + 8;
    return this.#characters <= mostCharacters;
  }
}

function valueOf({ stringValue, numberValue, boolValue, nullValue }: JsonMembers): JsonValue | undefined {
  if (typeof stringValue === "string") return stringValue;
  if (numberValue !== undefined) return numberValue;
  if (typeof boolValue === "boolean") return boolValue;
  return nullValue === undefined ? undefined : null;
}

const step = /\.([^.[\]]+)|\[(\d{1,6})\]|\[(['"])((?:\\.|(?!\3).)*)\3\]/sy;

/** The names and places of a path, from the root on. */
function stepsOf(path: string): readonly (string | number)[] | undefined {
  if (!path.startsWith("$")) return undefined;
  const steps: (string | number)[] = [];
  step.lastIndex = 1;
  while (step.lastIndex < path.length) {
    const found = step.exec(path);
    if (found === null || steps.length === deepest) return undefined;
    const [, name, place, , quoted] = found;
    steps.push(place === undefined ? (name ?? (quoted ?? "").replaceAll(/\\(.)/gs, "$1")) : Number(place));
  }
  return typeof steps[0] === "string" ? steps : undefined;
}

function put(root: Map<string, Slot>, path: readonly (string | number)[], value: JsonValue): boolean {
  let node: Node = root;
  for (const [depth, at] of path.entries()) {
    if (Array.isArray(node) !== (typeof at === "number")) return false;
    const there: Slot | undefined = Array.isArray(node) ? node[at as number] : node.get(String(at));
    // Places of a list come in their order.
    if (Array.isArray(node) && (at as number) > node.length) return false;
    if (depth === path.length - 1) {
      const whole = typeof there === "string" && typeof value === "string" ? there + value : value;
      set(node, at, whole);
      return true;
    }
    const next: Slot = there ?? (typeof path[depth + 1] === "number" ? [] : new Map<string, Slot>());
    if (!Array.isArray(next) && !(next instanceof Map)) return false;
    set(node, at, next);
    node = next as Node;
  }
  return false;
}

function set(node: Node, at: string | number, value: Slot): void {
  if (Array.isArray(node)) (node as Slot[])[Number(at)] = value;
  else node.set(String(at), value);
}

function plain(slot: Slot): JsonValue {
  if (slot instanceof Map) return Object.fromEntries([...slot].map(([name, inner]) => [name, plain(inner)]));
  if (Array.isArray(slot)) return (slot as readonly Slot[]).map(plain);
  return slot;
}

/** The pieces that a call brings. */
export function piecesOf({ partialArgs: pieces }: JsonMembers): readonly JsonMembers[] {
  return Array.isArray(pieces) ? (pieces as readonly JsonValue[]).filter(isMembers) : [];
}
