import { destination } from "pino";
import { PinoPretty } from "pino-pretty";

/** Where the log's lines go, and how they get there. */
export interface LogOutput {
  write(line: string): void;
  /** Everything that was written is out when this returns. */
  flush(): void;
}

/** A line need not wait longer for others than people take to look. */
const flushEveryMs = 100;
const writeFromBytes = 8_192;
/** What is kept for a reader that does not read; beyond it lines are lost, and the server goes on. */
const mostKeptBytes = 16 * 1024 * 1024;

/**
 * To a file descriptor. JSON goes out in blocks, off the path of calls; what is for people goes out at once.
 * @param colours Only for `pretty`.
 */
export function openLogOutput(format: "json" | "pretty", fd: number, colours: boolean): LogOutput {
  return format === "json" ? jsonOutput(fd) : prettyOutput(fd, colours);
}

function jsonOutput(fd: number): LogOutput {
  const out = destination({ fd, sync: false, minLength: writeFromBytes, maxLength: mostKeptBytes, periodicFlush: flushEveryMs });
  // Whoever read the output may have gone; that is no reason to stop serving.
  out.on("error", ignore);
  return {
    write: (line) => void out.write(line),
    flush() {
      try {
        out.flushSync();
      } catch {
        // Nobody is left to read it.
      }
    },
  };
}

function prettyOutput(fd: number, colorize: boolean): LogOutput {
  const out = PinoPretty({ destination: fd, sync: true, colorize, singleLine: true, translateTime: "SYS:HH:MM:ss.l", ignore: "kind" });
  out.on("error", ignore);
  return { write: (line) => void out.write(line), flush: () => undefined };
}

function ignore(): void {}
