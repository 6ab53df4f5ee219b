import type { JsonMembers, JsonValue } from "../../../core/provider.ts";
import { isMembers } from "./chat-fields.ts";

/** What a provider allows as the name of a tool. */
export interface ToolNameRule {
  /** Matches each character that is not allowed. Global. */
  readonly illegal: RegExp;
  readonly longest: number;
  /** Whether the first character must be a letter. Omit it for no. */
  readonly beginsWithLetter?: boolean | undefined;
}

/**
 * The names of one request's tools, as its provider allows them and as the caller knows them. Made from the request alone, so that the
 * decoder of the reply makes the same.
 */
export class ToolNames {
  readonly #legal = new Map<string, string>();
  readonly #original = new Map<string, string>();
  readonly #rule: ToolNameRule;

  /** @param members The request: its `tools`, and the calls in its messages, are named. */
  constructor(members: JsonMembers, rule: ToolNameRule) {
    this.#rule = rule;
    for (const name of namesOf(members)) this.#original.set(name, name);
    // Names that are legal keep them, so those are given out first.
    for (const name of this.#original.keys()) if (this.#repaired(name) !== name) this.#add(name);
  }

  /** A tool's name as the provider gets it. */
  legal(name: string): string {
    return this.#legal.get(name) ?? name;
  }

  /** A name that the provider told, as the caller wrote it. */
  original(name: string): string {
    return this.#original.get(name) ?? name;
  }

  #add(name: string): void {
    this.#original.delete(name);
    const repaired = this.#repaired(name);
    let legal = repaired;
    for (let count = 2; this.#original.has(legal); count++) {
      const tail = `_${count}`;
      legal = repaired.slice(0, this.#rule.longest - tail.length) + tail;
    }
    this.#legal.set(name, legal);
    this.#original.set(legal, name);
  }

  #repaired(name: string): string {
    const { illegal, longest, beginsWithLetter = false } = this.#rule;
    const plain = name.replaceAll(illegal, "_");
    return (beginsWithLetter && !/^[a-zA-Z]/.test(plain) ? `t${plain}` : plain).slice(0, longest);
  }
}

function namesOf({ tools, messages }: JsonMembers): Set<string> {
  const names = new Set<string>();
  const add = (call: JsonValue | undefined): void => {
    const definition = isMembers(call) ? call["function"] : undefined;
    const name = isMembers(definition) ? definition["name"] : undefined;
    if (typeof name === "string") names.add(name);
  };
  if (Array.isArray(tools)) for (const tool of tools as readonly JsonValue[]) add(tool);
  if (Array.isArray(messages)) {
    for (const message of messages as readonly JsonValue[]) {
      const calls = isMembers(message) ? message["tool_calls"] : undefined;
      if (Array.isArray(calls)) for (const call of calls as readonly JsonValue[]) add(call);
    }
  }
  return names;
}
