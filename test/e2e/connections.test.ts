import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { connect, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { eventually } from "../support/eventually.ts";
import { served, startProgram, type Program } from "../support/program.ts";
import { within } from "../support/within.ts";

const idleConnections = 10_000;
/** Opened at a time: fewer than wait in the system's queue of a listener. */
const openedAtOnce = 250;
/** What one may cost the server that has been used and waits for its next request. */
const mostBytesEach = 32_768;
/** The listener, the log, the runtime's own, and the calls of the test. */
const otherFiles = 200;

const config = "model_list:\n  - {model_name: m, litellm_params: {model: mock/a}}\n";
const body = JSON.stringify({ model: "m", messages: [{ role: "user", content: "hi" }] });
const call = `POST /v1/chat/completions HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ncontent-length: ${body.length}\r\n\r\n${body}`;

/** Why it cannot be tried here. */
function whyNot(): string | false {
  if (process.platform !== "linux") return "NOT TRIED: it reads the server's memory and files from /proc, which only Linux has";
  const limit = execFileSync("sh", ["-c", "ulimit -n"], { encoding: "utf8" }).trim();
  if (limit === "unlimited" || Number(limit) >= idleConnections + otherFiles) return false;
  return `NOT TRIED: a process may have ${limit} files open here, and it takes ${idleConnections + otherFiles}; run it under ulimit -n ${idleConnections + otherFiles}`;
}

/** Makes a call on a connection. */
async function ask(socket: Socket): Promise<void> {
  socket.write(call);
  const [head] = (await once(socket, "data")) as [Buffer];
  assert.match(head.toString("latin1"), /^HTTP\/1\.1 200 /);
}

const reason = whyNot();
if (typeof reason === "string") console.warn(`10,000 connections: ${reason}`);

describe("10,000 connections that have been used and stay", { skip: reason }, () => {
  const folder = mkdtempSync(join(tmpdir(), "huntgroup-connections-"));
  const sockets: Socket[] = [];
  let program: Program;
  let port = 0;

  before(async () => {
    const file = join(folder, "config.yaml");
    writeFileSync(file, config);
    program = startProgram(["serve", "--config", file, "--port", "0"]);
    port = Number(new URL(await within(served(program), "the server started")).port);
  });
  after(async () => {
    for (const socket of sockets) socket.destroy();
    program.child.kill("SIGTERM");
    await program.exit;
    rmSync(folder, { recursive: true });
  });

  async function open(): Promise<Socket> {
    const socket = connect(port, "127.0.0.1");
    await once(socket, "connect");
    return socket;
  }

  function residentBytes(): number {
    const [, kibibytes] = /^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${program.child.pid}/status`, "utf8")) ?? [];
    return Number(kibibytes) * 1_024;
  }

  const openFiles = (): number => readdirSync(`/proc/${program.child.pid}/fd`).length;

  test("each takes at most 32 KB, others are served beside them, and all that they took is given back", async () => {
    // What the runtime takes for its first calls is not theirs.
    const warm = await Promise.all(Array.from({ length: openedAtOnce }, open));
    for (let round = 0; round < 8; round++) await Promise.all(warm.map(ask));
    sockets.push(...warm);
    const [filesBefore, bytesBefore] = [openFiles() - warm.length, residentBytes()];
    while (sockets.length < idleConnections) {
      const opened = await Promise.all(Array.from({ length: openedAtOnce }, open));
      await Promise.all(opened.map(ask));
      sockets.push(...opened);
    }
    assert.ok(openFiles() >= filesBefore + idleConnections, `${openFiles()} files`);
    const each = (residentBytes() - bytesBefore) / idleConnections;
    assert.ok(each <= mostBytesEach, `${Math.round(each)} bytes each`);
    // Some of them, and some that are new.
    const fresh = await Promise.all(Array.from({ length: 50 }, open));
    for (let round = 0; round < 4; round++) await Promise.all([...fresh, ...sockets.filter((_, index) => index % 200 === round)].map(ask));
    for (const socket of [...sockets.splice(0), ...fresh]) socket.destroy();
    await eventually(async () => {
      assert.ok(openFiles() <= filesBefore + 5, `${openFiles()} files, ${filesBefore} before`);
      const last = await open();
      await ask(last);
      last.destroy();
    });
  });
});
