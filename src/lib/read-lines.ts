import { createReadStream } from "node:fs";

/** Characters of a line that are handed on. What is longer is cut there, so that a file without line ends takes no more memory than this. */
const longestLine = 2_000_000;

/** Reads a file line by line, however long it is. @param path `-` for standard input. */
export async function* readLines(path: string): AsyncGenerator<string> {
  const input = path === "-" ? process.stdin.setEncoding("utf8") : createReadStream(path, { encoding: "utf8" });
  let rest = "";
  for await (const chunk of input) {
    const lines = String(chunk).split("\n");
    for (const [index, piece] of lines.entries()) {
      if (rest.length < longestLine) rest += piece;
      if (index === lines.length - 1) break;
      yield rest;
      rest = "";
    }
  }
  if (rest !== "") yield rest;
}
