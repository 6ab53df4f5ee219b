/** Where and why a text is not JSON. */
export interface JsonFault {
  /** Characters before the fault. */
  readonly offset: number;
  /** Both from 1. */
  readonly line: number;
  readonly column: number;
  readonly expected: string;
  /** What stands there instead: a character in quotes, or the end of the text. */
  readonly found: string;
}

const space = /[ \t\r\n]*/y;
const literal = /(?:true|false|null|-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?)(?![\w.+-])/y;
/** A string as far as it is valid: up to its closing quote where it has one. */
// oxlint-disable-next-line no-control-regex -- JSON strings may not hold them
const stringBody = /(?:[^"\\\u0000-\u001f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*/y;

/**
 * Finds the first fault, for a message that says where it is: `JSON.parse` does not always tell. Walks without recursion, so deep
 * nesting does no harm.
 * @returns undefined when the text is valid JSON.
 */
export function findJsonFault(text: string): JsonFault | undefined {
  /** The closing bracket of each open object or array. */
  const open: ("}" | "]")[] = [];
  let at = 0;
  let expecting: "value" | "value or ]" | "key" | "key or }" | "comma" = "value";

  const skipSpace = (): void => {
    at = matchEnd(space, text, at);
  };
  /** @returns undefined past a whole string; else the fault in it. */
  const readString = (): JsonFault | undefined => {
    at = matchEnd(stringBody, text, at + 1);
    if (text[at] !== '"') return fault(text, at, at < text.length ? 'the rest of a string, or its closing "' : 'a closing "');
    at++;
    return undefined;
  };

  for (;;) {
    skipSpace();
    const character = text[at];
    const closing = open.at(-1);
    if (expecting === "comma") {
      if (closing === undefined) return at === text.length ? undefined : fault(text, at, "the end of the text");
      if (character === ",") {
        at++;
        expecting = closing === "}" ? "key" : "value";
      } else if (character === closing) {
        at++;
        open.pop();
      } else return fault(text, at, `a comma or ${closing}`);
    } else if (expecting === "key" || expecting === "key or }") {
      if (character === "}" && expecting === "key or }") {
        at++;
        open.pop();
        expecting = "comma";
        continue;
      }
      if (character !== '"') return fault(text, at, expecting === "key" ? "a key in double quotes" : "a key in double quotes, or }");
      const broken = readString();
      if (broken !== undefined) return broken;
      skipSpace();
      if (text[at] !== ":") return fault(text, at, "a colon");
      at++;
      expecting = "value";
    } else if (character === "]" && expecting === "value or ]") {
      at++;
      open.pop();
      expecting = "comma";
    } else if (character === "{") {
      at++;
      open.push("}");
      expecting = "key or }";
    } else if (character === "[") {
      at++;
      open.push("]");
      expecting = "value or ]";
    } else if (character === '"') {
      const broken = readString();
      if (broken !== undefined) return broken;
      expecting = "comma";
    } else {
      const end = matchEnd(literal, text, at);
      if (end === at) return fault(text, at, expecting === "value" ? "a value" : "a value, or ]");
      at = end;
      expecting = "comma";
    }
  }
}

function matchEnd(pattern: RegExp, text: string, from: number): number {
  pattern.lastIndex = from;
  return pattern.test(text) ? pattern.lastIndex : from;
}

function fault(text: string, offset: number, expected: string): JsonFault {
  const before = text.slice(0, offset);
  const lineStart = before.lastIndexOf("\n") + 1;
  const line = before.split("\n").length;
  const codePoint = text.codePointAt(offset);
  const found = codePoint === undefined ? "the end of the text" : JSON.stringify(String.fromCodePoint(codePoint));
  return { offset, line, column: offset - lineStart + 1, expected, found };
}
