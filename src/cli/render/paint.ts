/** What a colour means. */
export type Style = "good" | "warn" | "bad" | "dim" | "bold";

/** Gives a text its colour, or leaves it as it is. */
export type Paint = (style: Style | undefined, text: string) => string;

const codes: Readonly<Record<Style, number>> = { good: 32, warn: 33, bad: 31, dim: 2, bold: 1 };

/** Leaves texts as they are, for files and pipes. */
export const plain: Paint = (_style, text) => text;

/** Paints with the escape codes of terminals. */
export const coloured: Paint = (style, text) => (style === undefined || text === "" ? text : `\u001B[${codes[style]}m${text}\u001B[0m`);

/** Chooses colours for a terminal, unless the environment asks for none (https://no-color.org). */
export function choosePaint(isTerminal: boolean, env: Readonly<Record<string, string | undefined>>): Paint {
  const unwanted = (env["NO_COLOR"] ?? "") !== "" || env["TERM"] === "dumb";
  return isTerminal && !unwanted ? coloured : plain;
}
