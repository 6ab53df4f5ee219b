/** A text whose references to variables were followed. */
export interface Expansion {
  readonly text: string;
  /** Variables that are not set and have no default. */
  readonly missing: readonly string[];
  /** Whether there was any reference. */
  readonly referred: boolean;
}

const reference = /\$\$\{|\$\{([A-Za-z_]\w*)(:-|\})|os\.environ\/([A-Za-z_]\w*)/g;

/** Whether there may be a reference in a text. False for nearly all texts. */
export function mayRefer(text: string): boolean {
  return text.includes("${") || text.includes("os.environ/");
}

/** Whether a text is one reference and nothing else, perhaps behind the scheme that a header's value begins with. */
export function isReferenceAlone(text: string): boolean {
  return /^(?:(?:Bearer|Basic|Token) )?(?:os\.environ\/\w+|\$\{\w+\})$/.test(text);
}

/** @returns All variables that a text names, those of defaults that are not needed included. */
export function namedVariables(text: string): readonly string[] {
  if (!mayRefer(text)) return [];
  const names = new Set<string>();
  expandReferences(text, (name) => void names.add(name));
  return [...names];
}

/**
 * Follows `os.environ/NAME`, `${NAME}` and `${NAME:-default}` anywhere in a text. As in a shell, `:-` also replaces an empty
 * value and its default may hold references; `$${` is a literal `${`. What is no reference (`${not a name}`) stays as it is.
 */
export function expandReferences(text: string, lookup: (name: string) => string | undefined): Expansion {
  let expanded = "";
  let referred = false;
  const missing: string[] = [];
  let at = 0;
  for (;;) {
    reference.lastIndex = at;
    const match = reference.exec(text);
    if (match === null) break;
    const end = match.index + match[0].length;
    expanded += text.slice(at, match.index);
    at = end;
    if (match[0] === "$${") {
      expanded += "${";
      continue;
    }
    const name = match[1] ?? match[3] ?? "";
    const value = lookup(name);
    if (match[2] === ":-") {
      const close = closingBrace(text, end);
      if (close === undefined) {
        expanded += match[0];
        continue;
      }
      referred = true;
      at = close + 1;
      if (value !== undefined && value !== "") {
        expanded += value;
        continue;
      }
      const fallback = expandReferences(text.slice(end, close), lookup);
      expanded += fallback.text;
      missing.push(...fallback.missing);
      continue;
    }
    referred = true;
    if (value === undefined) missing.push(name);
    else expanded += value;
  }
  return { text: expanded + text.slice(at), missing, referred };
}

/** @returns The offset of the `}` that ends a default beginning at `start`; braces within it nest. */
function closingBrace(text: string, start: number): number | undefined {
  let depth = 0;
  for (let at = start; at < text.length; at++) {
    if (text[at] === "{") depth++;
    else if (text[at] === "}") {
      if (depth === 0) return at;
      depth--;
    }
  }
  return undefined;
}
