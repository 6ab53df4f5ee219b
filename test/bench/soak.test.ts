import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { promisify } from "node:util";

const skip = existsSync("/proc/self/stat") ? false : "the accounting is Linux's";

const soak = (...args: readonly string[]): Promise<{ readonly stdout: string }> =>
  promisify(execFile)(process.execPath, [join(import.meta.dirname, "../../bench/soak.ts"), ...args]);

test(
  "a short soak answers every request of every kind, through reloads and changes of weights, and leaves no timer and no socket",
  { skip },
  async () => {
    const { stdout } = await soak("--requests", "2000");
    for (const kind of ["REST", "REST stream", "gRPC", "gRPC stream", "REST stream, abandoned", "gRPC stream, abandoned"])
      assert.match(stdout, new RegExp(`(^|, )${kind} [\\d,]*\\d`, "m"));
    assert.match(stdout, /; 4 reloads, 20 changes of weights;/);
    assert.match(stdout, /^2,000 requests: [\d.]+ MB resident, [\d.]+ MB heap; .*TCPSocketWrap \d+/m);
    assert.match(stdout, /^flat: memory, timers and sockets$/m);
  },
);

test("a number of requests that is none is refused", { skip }, async () => {
  await assert.rejects(soak("--requests", "many"), { code: 2, stderr: /--requests is "many"; it must be a whole number from 1\./ });
});
