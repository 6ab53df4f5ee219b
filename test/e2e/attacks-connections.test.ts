import assert from "node:assert/strict";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { Agent, request } from "node:http";
import { connect, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { OpenAiHost } from "../support/openai-host.ts";
import { served, startProgram, type Program } from "../support/program.ts";

const skip = process.platform === "linux" ? false : "it reads /proc";
let folder = "";
let host: OpenAiHost;
const programs: Program[] = [];

before(async () => {
  folder = mkdtempSync(join(tmpdir(), "huntgroup-attacks-"));
  host = await OpenAiHost.listen();
  const deployment = (id: string): string => `
  - model_name: m
    litellm_params: {model: openai/u, api_base: ${host.apiBase}, api_key: k}
    model_info: {id: ${id}}`;
  writeFileSync(join(folder, "config.yaml"), `model_list:${deployment("one")}${deployment("two")}\n`);
});

after(async () => {
  for (const { child } of programs) child.kill("SIGTERM");
  await Promise.all(programs.map(({ exit }) => exit));
  await host.close();
  rmSync(folder, { recursive: true });
});

async function start(): Promise<{ readonly port: number; readonly pid: number }> {
  const args = ["serve", "--config", join(folder, "config.yaml"), "--port", "0", "--threads", "1"];
  const program = startProgram(args);
  programs.push(program);
  return { port: Number(new URL(await served(program)).port), pid: program.child.pid ?? 0 };
}

/** One request over the agent's one connection. */
function ask(agent: Agent, port: number, path: string, body?: string): Promise<{ readonly status: number; readonly text: string }> {
  return new Promise((resolve, reject) => {
    const headers = body === undefined ? {} : { "content-type": "application/json", "content-length": Buffer.byteLength(body) };
    const sent = request({ agent, port, host: "127.0.0.1", path, method: body === undefined ? "GET" : "POST", headers }, (response) => {
      let text = "";
      response.setEncoding("utf8");
      response.on("data", (piece: string) => (text += piece));
      response.on("end", () => resolve({ status: response.statusCode ?? 0, text }));
    });
    sent.on("error", reject);
    sent.end(body);
  });
}

const call = JSON.stringify({ model: "m", messages: [] });
const path = "/v1/chat/completions";

/** Connections that have begun a request and never end it. What becomes of them is their own business. */
async function openIdle(port: number, count: number): Promise<readonly Socket[]> {
  const sockets: Socket[] = [];
  // No more at once than the system lets wait to be accepted.
  while (sockets.length < count) {
    const some = Array.from({ length: Math.min(200, count - sockets.length) }, () => {
      const socket = connect(port, "127.0.0.1");
      socket.on("error", () => {});
      socket.write("POST /v1/chat/completions HTTP/1.1\r\n");
      return socket;
    });
    await Promise.all(some.map((socket) => once(socket, "connect")));
    sockets.push(...some);
  }
  return sockets;
}

async function closed(sockets: readonly Socket[]): Promise<void> {
  const ends = sockets.filter((socket) => !socket.closed).map((socket) => once(socket, "close"));
  for (const socket of sockets) socket.destroy();
  await Promise.all(ends);
}

/** For each connection that has begun a request. */
const mostBytesEach = 64 * 1_024;

function residentBytes(pid: number): number {
  const [, kilobytes] = /^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, "utf8")) ?? [];
  return Number(kilobytes) * 1_024;
}

function mayOpen(): number {
  const [, soft] = /^Max open files\s+(\d+)/m.exec(readFileSync("/proc/self/limits", "utf8")) ?? [];
  return Number(soft ?? 0);
}

const connections = 10_000;
const noRoom = skip === false && mayOpen() < connections + 500 ? `a process may open ${mayOpen()} files only` : skip;

test("10,000 connections that begin a request and never end it take under 64 KB each, and calls go on", { skip: noRoom }, async () => {
  const { port, pid } = await start();
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  try {
    assert.equal((await ask(agent, port, path, call)).status, 200);
    const before = residentBytes(pid);
    const idle = await openIdle(port, connections);
    assert.equal((await ask(agent, port, path, call)).status, 200);
    const each = (residentBytes(pid) - before) / connections;
    assert.ok(each < mostBytesEach, `${each} bytes each`);
    await closed(idle);
    assert.equal((await ask(agent, port, path, call)).status, 200);
  } finally {
    agent.destroy();
  }
});
