import { createReadStream } from "node:fs";
import { type Trace, TraceError, TraceReader } from "./trace-reader.ts";

/** A JSON list is read as one text, up to this. Lines are read one by one, however many. */
const longestList = 256 * 1024 * 1024;
/** Characters without the end of a line. */
const longestRest = 2_000_000;

/** Reads a trace from a file, line by line. @returns What was read, or a sentence on what is wrong with it. */
export async function readTraceFile(path: string): Promise<Trace | string> {
  const reader = new TraceReader();
  let rest = "";
  let isList: boolean | undefined;
  try {
    for await (const chunk of createReadStream(path, { encoding: "utf8" })) {
      rest += String(chunk);
      isList ??= rest.trim() === "" ? undefined : rest.trimStart().startsWith("[");
      if (isList === true) {
        if (rest.length > longestList)
          return `${path} is a JSON list of more than ${longestList} characters: write a line for each call instead`;
        continue;
      }
      const lines = rest.split("\n");
      rest = lines.pop() ?? "";
      for (const line of lines) reader.push(line);
      if (rest.length > longestRest) return `${path} has a line of more than ${longestRest} characters`;
    }
    if (isList === true) for (const item of itemsOf(rest)) reader.push(JSON.stringify(item));
    else reader.push(rest);
    return reader.end();
  } catch (error) {
    if (error instanceof TraceError) return `${path}: ${error.message}`;
    const code = error instanceof Error && "code" in error ? String(error.code) : "unknown reason";
    return `${path} cannot be read (${code})`;
  }
}

function itemsOf(text: string): readonly unknown[] {
  try {
    const list: unknown = JSON.parse(text);
    return Array.isArray(list) ? list : [];
  } catch {
    throw new TraceError("the list is not valid JSON");
  }
}
