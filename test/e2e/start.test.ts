import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createServer, type AddressInfo } from "node:net";
import { delimiter, join } from "node:path";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { bareEnvironment } from "../support/bare-environment.ts";
import { startProgram } from "../support/program.ts";

const root = join(import.meta.dirname, "../..");

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, "close");
  return port;
}

/** Asks again and again, and resolves as soon as the server says that it is ready. Rejects when the program has ended before that. */
async function ready(port: number, child: ChildProcess, output: () => string): Promise<void> {
  for (;;) {
    assert.deepEqual([child.exitCode, child.signalCode], [null, null], `the program has ended: ${output()}`);
    const reply = await fetch(`http://127.0.0.1:${port}/health/readiness`, { headers: { connection: "close" } }).catch(() => undefined);
    await reply?.text();
    if (reply?.status === 200) return;
    await sleep(2);
  }
}

for (const threads of [1, 4])
  test(`a server of ${threads} threads that says it is ready stops in order when it is told to at that moment`, async () => {
    const port = await freePort();
    const program = startProgram(["serve", "--port", String(port), "--threads", String(threads)]);
    await ready(port, program.child, () => program.out() + program.err());
    program.child.kill("SIGTERM");
    assert.equal(await program.exit, 0, program.out() + program.err());
    assert.match(program.out(), /SIGTERM: taking no new requests.*\n(?:.*\n)*.*"msg":"stopped"\}\n$/);
    // It said that it serves before it was told to stop, or not at all.
    assert.doesNotMatch(program.out(), /SIGTERM(?:.*\n)*.*huntgroup serves/);
  });

for (const signal of ["SIGTERM", "SIGINT"] as const)
  for (const script of [["start"], ["run", "huntgroup", "--", "serve"]])
    test(`npm ${script[0]} that gets ${signal}, and it alone, leaves no server behind`, async () => {
      const port = await freePort();
      const words = script.includes("--") ? script : [...script, "--"];
      const env = { ...bareEnvironment, PATH: [join(root, "node_modules/.bin"), process.env["PATH"]].join(delimiter) };
      const npm = spawn("npm", [...words, "--port", String(port), "--threads", "1"], { cwd: root, env });
      let out = "";
      for (const said of [npm.stdout, npm.stderr]) said.setEncoding("utf8").on("data", (text: string) => (out += text));
      // The outputs end with the last process that has them: it is the server.
      const ended = once(npm, "close");
      await ready(port, npm, () => out);
      npm.kill(signal);
      await ended;
      assert.match(out, /"msg":"stopped"/);
    });
