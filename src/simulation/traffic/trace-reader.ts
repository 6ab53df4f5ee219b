import { blockTokens } from "../../replica/replica-spec.ts";
import type { TracedRequest } from "./traffic.ts";

/** One call of a trace, with what its format tells besides. */
export interface TracedCall extends TracedRequest {
  /** As `ReplicaJob.blocks`. */
  readonly blocks?: readonly number[] | undefined;
  readonly session?: string | undefined;
  readonly tenant?: string | undefined;
  readonly stream?: boolean | undefined;
  /** The group that was asked for. */
  readonly group?: string | undefined;
}

/** What was read of a trace. */
export interface Trace {
  /** In the order of time, the first at 0. */
  readonly calls: readonly TracedCall[];
  /** What was left out, for people: a sentence. Undefined for nothing. */
  readonly leftOut: string | undefined;
}

/** More than this is not read: a simulation keeps all of them. */
const mostTraced = 5_000_000;
/** Characters of a line. */
const longestLine = 1_000_000;

/** More than one line in so many is no log that was cut: something is wrong with the file. */
const fewestPerFault = 10;

/** A line that is not of its format. */
export class TraceError extends Error {
  override readonly name = "TraceError";
}

/** Moments are wall times, or milliseconds since a beginning. */
type LineReader = (line: string) => TracedCall | undefined;

/**
 * Reads a trace line by line: Azure's CSV, Mooncake's JSON lines, this program's access log, LiteLLM's export of spend logs (CSV or JSON lines).
 * The first line tells which. A line that is not of it is left out, as a crash may have cut it: many are too much.
 */
export class TraceReader {
  readonly #calls: TracedCall[] = [];
  #read: LineReader | undefined;
  #line = 0;
  #broken = 0;
  #firstFault: TraceError | undefined;

  /** @throws TraceError where the trace is of no known format, or too long. */
  push(line: string): void {
    this.#line++;
    // What editors of another system put at the beginning of a file.
    const text = line.replace(/^\uFEFF/, "").trim();
    if (text === "") return;
    if (text.length > longestLine) {
      this.#leaveOut("is longer than a line of a trace may be");
      return;
    }
    if (this.#read === undefined) {
      const [read, isHeading] = readerFor(text) ?? [];
      if (read === undefined) throw this.#fault(`is of no trace that is known: ${text.slice(0, 60)}`);
      this.#read = read;
      if (isHeading === true) return;
    }
    let call: TracedCall | undefined;
    try {
      call = this.#read(text);
    } catch (error) {
      this.#leaveOut(error instanceof TraceError ? error.message : "is not valid JSON");
    }
    if (call === undefined) return;
    if (this.#calls.length >= mostTraced) throw this.#fault(`is beyond the ${mostTraced} calls of a trace that are read`);
    this.#calls.push(call);
  }

  /** @throws TraceError where there are no calls, or too many lines were left out. */
  end(): Trace {
    const broken = this.#broken;
    if (this.#firstFault !== undefined && (this.#calls.length === 0 || (broken > 1 && broken * fewestPerFault > this.#calls.length))) {
      throw broken === 1 ? this.#firstFault : new TraceError(`${this.#firstFault.message}; ${broken} lines in all cannot be read`);
    }
    const sorted = this.#calls.toSorted((one, other) => one.at - other.at);
    const first = sorted[0];
    if (first === undefined) throw new TraceError("the trace has no calls");
    const calls = first.at === 0 ? sorted : sorted.map((call) => ({ ...call, at: call.at - first.at }));
    const lines = `${broken} ${broken === 1 ? "line was" : "lines were"} left out`;
    return { calls, leftOut: this.#firstFault === undefined ? undefined : `${lines}: ${this.#firstFault.message}` };
  }

  #leaveOut(why: string): void {
    this.#broken++;
    this.#firstFault ??= this.#fault(why);
  }

  #fault(message: string): TraceError {
    return new TraceError(`line ${this.#line} ${message}`);
  }
}

/** @returns What reads the lines of a format, and whether the first one is a heading; undefined for an unknown format. */
function readerFor(first: string): readonly [LineReader, boolean] | undefined {
  if (first.startsWith("{")) return [readJsonLine, false];
  const names = csvFields(first);
  const at = (name: string): number => names.findIndex((one) => one.toLowerCase() === name.toLowerCase());
  const columns = { at: at("TIMESTAMP"), prompt: at("ContextTokens"), output: at("GeneratedTokens") };
  if (columns.at >= 0 && columns.prompt >= 0 && columns.output >= 0) return [csvReader(columns), true];
  const litellm = {
    at: at("startTime"),
    prompt: at("prompt_tokens"),
    output: at("completion_tokens"),
    tenant: at("api_key"),
    group: at("model_group"),
  };
  return litellm.at >= 0 && litellm.prompt >= 0 && litellm.output >= 0 ? [csvReader(litellm), true] : undefined;
}

function csvReader(columns: { at: number; prompt: number; output: number; tenant?: number; group?: number }): LineReader {
  return (line) => {
    const fields = csvFields(line);
    return callOf(fields[columns.at], Number(fields[columns.prompt]), Number(fields[columns.output]), {
      tenant: textOf(fields[columns.tenant ?? -1]),
      group: textOf(fields[columns.group ?? -1]),
    });
  };
}

function readJsonLine(line: string): TracedCall | undefined {
  const value = JSON.parse(line) as unknown;
  if (typeof value !== "object" || value === null) throw new TraceError("is not a JSON object");
  const row = value as Readonly<Record<string, unknown>>;
  if ("hash_ids" in row || "input_length" in row) {
    return callOf(row["timestamp"], Number(row["input_length"]), Number(row["output_length"]), { blocks: smallBlocks(row["hash_ids"]) });
  }
  if ("startTime" in row) {
    return callOf(row["startTime"], Number(row["prompt_tokens"]), Number(row["completion_tokens"]), {
      tenant: textOf(row["api_key"]),
      session: textOf(row["session_id"]),
      group: textOf(row["model_group"]),
    });
  }
  // Other lines of this program's log, and calls that ended without an answer: how long that would have been is not known.
  if ("level" in row && (row["kind"] !== "access" || row["prompt_tokens"] === undefined)) return undefined;
  if (row["kind"] !== "access") throw new TraceError("is a line of no trace that is known");
  const call = callOf(row["time"], Number(row["prompt_tokens"]), Number(row["output_tokens"] ?? 0), {
    stream: row["stream"] === true,
    session: textOf(row["session"]),
    tenant: textOf(row["key_name"]),
    group: textOf(row["group"]),
    blocks: loggedBlocks(row["prefixes"], Number(row["prompt_tokens"])),
  });
  // The line is written when the call has ended.
  return { ...call, at: call.at - (typeof row["total_ms"] === "number" ? row["total_ms"] : 0) };
}

function callOf(moment: unknown, promptTokens: number, outputTokens: number, more: Partial<TracedCall>): TracedCall {
  const at = momentOf(moment);
  if (at === undefined) throw new TraceError("has no moment that can be read");
  if (!(promptTokens >= 0 && promptTokens <= 1e8 && outputTokens >= 0 && outputTokens <= 1e8)) {
    throw new TraceError("has numbers of tokens that cannot be");
  }
  return { at, promptTokens: Math.max(Math.round(promptTokens), 1), outputTokens: Math.max(Math.round(outputTokens), 1), ...more };
}

/** Times without a zone are taken as UTC; of their digits behind the point three count. */
function momentOf(value: unknown): number | undefined {
  if (typeof value === "number") return Number.isFinite(value) ? value : undefined;
  if (typeof value !== "string") return undefined;
  const match = /^(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d:\d\d)(\.\d{1,3})?\d*(Z|[+-]\d\d(?::?\d\d)?)?$/.exec(value.trim());
  if (match === null) return undefined;
  const [, day = "", time = "", part = "", zone = "Z"] = match;
  const whole = /^[+-]\d\d$/.test(zone) ? `${zone}:00` : zone.replace(/^([+-]\d\d)(\d\d)$/, "$1:$2");
  const at = Date.parse(`${day}T${time}${part}${whole}`);
  return Number.isFinite(at) ? at : undefined;
}

/** Mooncake's blocks have 512 tokens. */
function smallBlocks(hashes: unknown): readonly number[] {
  if (!Array.isArray(hashes)) return [];
  const parts = 512 / blockTokens;
  return hashes.flatMap((hash: unknown) => Array.from({ length: parts }, (_none, part) => Number(hash) * parts + part));
}

/** Where the log's hashes of prompts end, in tokens of four bytes: as `telemetry/log/prefix-hashes.ts` has them. */
const firstLoggedBlock = 128;
const loggedGrowth = 1.5;

/** The log tells prompts apart at a few places, each half as far again as the one before: all between two is as the one behind. */
function loggedBlocks(hashes: unknown, promptTokens: number): readonly number[] {
  if (!Array.isArray(hashes)) return [];
  const blocks: number[] = [];
  let end = firstLoggedBlock;
  for (const hash of hashes) {
    const base = numberFor(String(hash));
    while (blocks.length * blockTokens < Math.min(end, promptTokens)) blocks.push(base + blocks.length);
    end *= loggedGrowth;
  }
  return blocks;
}

/** A number for a hash: 40 of its bits, apart by more than a prompt has blocks. */
function numberFor(hash: string): number {
  let number = 0;
  for (let at = 0; at < hash.length; at++) number = (number * 131 + hash.charCodeAt(at)) % 2 ** 36;
  return number * 2 ** 16;
}

function textOf(value: unknown): string | undefined {
  return typeof value === "string" && value !== "" ? value : undefined;
}

/** The fields of a line of CSV; quotes may hold commas, and doubled quotes stand for one. */
function csvFields(line: string): readonly string[] {
  if (!line.includes('"')) return line.split(",");
  const fields: string[] = [];
  for (const [, quoted, plain = ""] of line.matchAll(/(?:^|,)(?:"((?:[^"]|"")*)"|([^,]*))/g)) {
    fields.push(quoted === undefined ? plain : quoted.replaceAll('""', '"'));
  }
  return fields;
}
