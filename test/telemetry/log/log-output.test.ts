import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { systemClock, type Clock } from "../../../src/lib/clock.ts";
import { LogOutput } from "../../../src/telemetry/log/log-output.ts";
import { FakeClock } from "../../support/fake-clock.ts";

const folder = mkdtempSync(join(tmpdir(), "huntgroup-output-"));
after(() => rmSync(folder, { recursive: true }));

function open(
  name: string,
  format: "json" | "pretty" = "json",
  clock: Clock = systemClock,
): { readonly output: LogOutput; readonly text: () => string; readonly fd: number } {
  const file = join(folder, name);
  const fd = openSync(file, "w");
  return { output: new LogOutput({ format, fd, colours: false, clock }), text: () => readFileSync(file, "utf8"), fd };
}

test("lines come out whole and in order, however many there are", async () => {
  const { output, text } = open("many");
  const lines = Array.from({ length: 20_000 }, (_, index) => `{"n":${index},"é":"名前"}\n`);
  for (const [index, line] of lines.entries()) {
    output.write(line);
    if (index % 5_000 === 0) await new Promise((resolve) => setImmediate(resolve));
  }
  await output.flush();
  assert.equal(text(), lines.join(""));
});

test("one line comes out without waiting for others", async () => {
  const { output, text } = open("one");
  output.write("x\n");
  while (text() === "") await new Promise((resolve) => setTimeout(resolve, 10));
  assert.equal(text(), "x\n");
});

test("lines that come while others are being written are gathered too", async () => {
  const clock = new FakeClock();
  const { output, text } = open("gathered", "json", clock);
  output.write("first\n");
  clock.advance(100);
  output.write("second\n");
  // Its time comes while the first is on its way.
  clock.advance(100);
  assert.equal(clock.pending, 0);
  while (clock.pending === 0 && text() !== "first\nsecond\n") await new Promise((resolve) => setImmediate(resolve));
  assert.equal(text(), "first\n");
  await output.flush();
  assert.equal(text(), "first\nsecond\n");
});

test("pretty is for people", async () => {
  const { output, text } = open("pretty", "pretty");
  output.write('{"level":"warn","time":"2026-01-02T03:04:05.006Z","kind":"access","model":"m","msg":"call ended"}\n');
  await output.flush();
  assert.match(text(), /^\[\d\d:\d\d:05\.006\] WARN: call ended \{"model":"m"\}\n$/);
});

test("where none takes them lines are lost, and nothing else happens", async () => {
  const { output, fd } = open("closed");
  closeSync(fd);
  for (let count = 0; count < 3; count++) {
    output.write("x".repeat(20_000));
    await output.flush();
  }
});

/** A process whose output goes to a pipe that nobody reads. */
const stuck = `
  import { systemClock } from ${JSON.stringify(join(import.meta.dirname, "../../../src/lib/clock.ts"))};
  import { LogOutput } from ${JSON.stringify(join(import.meta.dirname, "../../../src/telemetry/log/log-output.ts"))};
  const output = new LogOutput({ format: "json", fd: 1, colours: false, clock: systemClock });
  for (let count = 0; count < 100; count++) output.write("x".repeat(1_000_000));
  const begun = performance.now();
  await output.flush();
  process.stderr.write(String(performance.now() - begun));
  process.kill(process.pid, "SIGKILL");
`;

test("a reader that does not read holds up the end for a second, not for ever", async () => {
  const child = spawn(process.execPath, ["--input-type=module", "--eval", stuck], { stdio: ["ignore", "pipe", "pipe"] });
  child.stdout.pause();
  let err = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => (err += text));
  await once(child, "exit");
  assert.ok(Number(err) >= 900, err);
});
