import { printParseErrorCode, visit } from "jsonc-parser";
import { checkObject, deepestNesting, mostMembers, mostValues, type Expected, type TextFault } from "./check-object.ts";
import { countLines, countUnits } from "./text-scanner.ts";

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

/** `jsonc-parser` walks by recursion and takes its time: beyond this, and in deep nesting, the checker tells its own fault. */
export const mostRepairedBytes = 1_048_576;
/** Commas, colons and opening brackets. */
const mostParts = 100_000;

/**
 * Looks closely at a text that `JSON.parse` refused. A comma between a value and a closing bracket is forgiven, in texts of up to 1 MB that are
 * nested up to 500 deep and have up to 100,000 commas, colons and brackets. Takes time in proportion to the length, whatever stands in the text.
 * @param bytes Valid UTF-8.
 * @param known What {@link checkObject} said of the text, where it was asked.
 * @returns A copy in which each such comma is a blank, so that every other byte keeps its place; or the first fault.
 */
export function repairJson(bytes: Buffer, known?: TextFault): Buffer | JsonFault {
  if (bytes.length <= mostRepairedBytes) {
    const text = bytes.toString();
    if (isPlain(text)) return repairText(text);
  }
  const checked = known ?? checkObject(bytes);
  return toldFault(bytes, Array.isArray(checked) ? { at: bytes.length, expected: "end" } : checked);
}

/** Where a fault is for people. */
function toldFault(bytes: Buffer, { at, expected }: TextFault): JsonFault {
  const lineStart = at === 0 ? 0 : bytes.lastIndexOf(lineFeed, at - 1) + 1;
  const before = countUnits(bytes, 0, lineStart);
  const within = countUnits(bytes, lineStart, at);
  return {
    offset: before + within,
    line: countLines(bytes, 0, at) + 1,
    column: within + 1,
    // Four bytes hold any character.
    ...namedFault(bytes.toString("utf8", at, at + 4), expected),
  };
}

const lineFeed = 0x0a;

/** Whether the parser would neither descend too deep nor take too long: a closing bracket ends only what it fits, a string ends with its line. */
function isPlain(text: string): boolean {
  const open: string[] = [];
  let parts = 0;
  let inString = false;
  for (let at = 0; at < text.length; at++) {
    const character = text[at];
    if (inString) {
      if (character === "\\") at++;
      else if (character === '"' || character === "\n" || character === "\r") inString = false;
    } else if (character === '"') inString = true;
    else if (character === "[" || character === "{") {
      if (open.push(character === "[" ? "]" : "}") > deepestNesting || ++parts > mostParts) return false;
    } else if (character === "," || character === ":") {
      if (++parts > mostParts) return false;
    } else if (character === open.at(-1)) open.pop();
  }
  return true;
}

/** A string as far as it is valid: up to its closing quote where it has one. */
// oxlint-disable-next-line no-control-regex -- JSON strings may not hold them
const stringBody = /(?:[^"\\\u0000-\u001f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*/y;

/** The parser's names of what may be wrong within a string. */
const stringErrors: ReadonlySet<string> = new Set([
  "UnexpectedEndOfString",
  "InvalidUnicode",
  "InvalidEscapeCharacter",
  "InvalidCharacter",
]);

/** The parser finds the place; what could have stood there follows from what it has read before. */
function repairText(text: string): Buffer | JsonFault {
  const open: ("}" | "]")[] = [];
  let expected: Expected = "value";
  /** The same before the last bracket closed: the parser tells an end that is missing as an end, and then what is wrong with it. */
  let expectedBeforeEnd: Expected = "value";
  /** The last comma that nothing has followed yet. */
  let comma = -1;
  const trailing: number[] = [];
  let fault: JsonFault | undefined;
  const next = (now: Expected): void => {
    expected = now;
    comma = -1;
  };
  const begin = (closing: "}" | "]"): void => {
    open.push(closing);
    next(closing === "}" ? "key or }" : "value or ]");
  };
  const endOfValue = (): void => {
    const around = open.at(-1);
    next(around === undefined ? "end" : around === "}" ? "comma or }" : "comma or ]");
  };
  const end = (): void => {
    if (comma !== -1) trailing.push(comma);
    expectedBeforeEnd = expected;
    open.pop();
    endOfValue();
  };
  visit(
    text,
    {
      onObjectBegin: () => begin("}"),
      onArrayBegin: () => begin("]"),
      onObjectEnd: end,
      onArrayEnd: end,
      onObjectProperty: () => next("colon"),
      onLiteralValue: endOfValue,
      onSeparator(character, offset) {
        if (character === ":") next("value");
        else {
          next(open.at(-1) === "}" ? "key" : "value");
          comma = offset;
        }
      },
      onError(code, offset) {
        if (fault !== undefined) return;
        const name = printParseErrorCode(code);
        if (!stringErrors.has(name)) {
          const isEnd = name === "CloseBraceExpected" || name === "CloseBracketExpected";
          fault = faultAt(text, offset, isEnd ? expectedBeforeEnd : expected);
        } else {
          stringBody.lastIndex = offset + 1;
          stringBody.test(text);
          const at = stringBody.lastIndex;
          fault = faultAt(text, at, "string");
        }
      },
    },
    { allowTrailingComma: true, disallowComments: true },
  );
  return fault ?? Buffer.from(withBlanks(text, trailing));
}

function withBlanks(text: string, places: readonly number[]): string {
  const pieces = places.map((place, index) => text.slice(index === 0 ? 0 : (places[index - 1] ?? 0) + 1, place));
  return [...pieces, text.slice(places.length === 0 ? 0 : (places.at(-1) ?? 0) + 1)].join(" ");
}

function faultAt(text: string, offset: number, expected: Expected): JsonFault {
  const before = text.slice(0, offset);
  const lineStart = before.lastIndexOf("\n") + 1;
  return { offset, line: before.split("\n").length, column: offset - lineStart + 1, ...namedFault(text.slice(offset), expected) };
}

/** @param rest What stands at the fault. */
function namedFault(rest: string, expected: Expected): Pick<JsonFault, "expected" | "found"> {
  const codePoint = rest.codePointAt(0);
  return {
    expected: expected === "string" && codePoint === undefined ? 'a closing "' : phrases[expected],
    found: codePoint === undefined ? "the end of the text" : JSON.stringify(String.fromCodePoint(codePoint)),
  };
}

const phrases: Readonly<Record<Expected, string>> = {
  object: "an object",
  value: "a value",
  "value or ]": "a value, or ]",
  key: "a key in double quotes",
  "key or }": "a key in double quotes, or }",
  colon: "a colon",
  "comma or }": "a comma or }",
  "comma or ]": "a comma or ]",
  string: 'the rest of a string, or its closing "',
  end: "the end of the text",
  "fewer members": `at most ${mostMembers.toLocaleString("en")} members`,
  "fewer values": `at most ${mostValues.toLocaleString("en")} values`,
  "less nesting": `at most ${deepestNesting} levels of nesting`,
};
