import { constants } from "node:fs";
import { open, type FileHandle } from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";

/** A file on a disk is read in a thousandth of it; a program that writes into a pipe may ask a service first. */
const defaultLimitMs = 5_000;
/** Far beyond any configuration: what gives bytes without end is none. */
const mostBytes = 256 * 1024 * 1024;
const lookAgainMs = 20;

const underWay = { count: 0 };

/**
 * Waits for reads that are under way: those of files end at once, and one that hangs in the system would hold up the end of the process.
 * @returns Whether all have ended within the limit.
 */
export async function endOfReads(limitMs = 1_000): Promise<boolean> {
  const deadline = performance.now() + limitMs;
  while (underWay.count > 0 && performance.now() < deadline) {
    // oxlint-disable-next-line no-await-in-loop
    await sleep(lookAgainMs);
  }
  return underWay.count === 0;
}

/**
 * Reads a text, from a file or from a pipe that somebody writes into.
 * @throws What the platform throws, and an error of code `ETIMEDOUT` when nothing is to be had within the limit.
 */
export async function readFileInTime(path: string, limitMs = defaultLimitMs): Promise<string> {
  const deadline = performance.now() + limitMs;
  // Opening a pipe without a writer would block a thread of the platform, and with it the end of the process.
  const handle = await within(limitMs, open(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0)));
  try {
    const stat = await within(limitMs, handle.stat());
    return await (stat.isFile() || stat.isDirectory() ? within(limitMs, handle.readFile("utf8")) : readPipe(handle, deadline));
  } finally {
    void handle.close().catch(() => {});
  }
}

async function readPipe(handle: FileHandle, deadline: number): Promise<string> {
  const chunks: Buffer[] = [];
  for (let length = 0; ;) {
    // oxlint-disable-next-line no-await-in-loop
    const chunk = await readSome(handle);
    if (chunk !== undefined && chunk.length > 0) {
      chunks.push(chunk);
      length += chunk.length;
      if (length > mostBytes) throw Object.assign(new Error("it is too long"), { code: "EFBIG" });
    } else if (chunk !== undefined && length > 0) {
      return Buffer.concat(chunks).toString("utf8");
    } else {
      // oxlint-disable-next-line no-await-in-loop
      await sleep(lookAgainMs);
    }
    if (performance.now() > deadline) throw timedOut();
  }
}

/** @returns What is there now; empty at the end, and before a writer has come. Undefined while a writer says nothing. */
async function readSome(handle: FileHandle): Promise<Buffer | undefined> {
  const buffer = Buffer.allocUnsafe(65_536);
  try {
    const { bytesRead } = await handle.read(buffer, 0, buffer.length, null);
    return buffer.subarray(0, bytesRead);
  } catch (cause) {
    if (cause instanceof Error && "code" in cause && cause.code === "EAGAIN") return undefined;
    throw cause;
  }
}

async function within<Value>(limitMs: number, work: Promise<Value>): Promise<Value> {
  const timer = new AbortController();
  underWay.count++;
  const done = work.finally(() => {
    underWay.count--;
    timer.abort();
  });
  const limit = sleep(limitMs, undefined, { signal: timer.signal }).then(
    () => Promise.reject(timedOut()),
    () => done,
  );
  return Promise.race([done, limit]);
}

function timedOut(): Error {
  return Object.assign(new Error("nothing came in time"), { code: "ETIMEDOUT" });
}
