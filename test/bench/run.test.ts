import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { promisify } from "node:util";

const skip = existsSync("/proc/self/stat") ? false : "the accounting is Linux's";
const folder = mkdtempSync(join(tmpdir(), "huntgroup-bench-test-"));
after(() => rmSync(folder, { recursive: true }));

interface Report {
  readonly results: readonly {
    readonly lane: string;
    readonly measures: readonly {
      readonly name: string;
      readonly targets: readonly { readonly target: string; readonly values: readonly number[] }[];
    }[];
    readonly goals: readonly { readonly verdict: string }[];
  }[];
}

const run = (...args: readonly string[]): Promise<{ readonly stdout: string; readonly stderr: string }> =>
  promisify(execFile)(process.execPath, [join(import.meta.dirname, "../../bench/run.ts"), ...args]);

async function refusal(...args: readonly string[]): Promise<string> {
  const error = (await run(...args).catch((error: unknown) => error)) as { readonly code?: number; readonly stderr: string };
  return `${error.code}: ${error.stderr}`;
}

test("the bench runs, and reports each target of each lane", { skip }, async () => {
  const json = join(folder, "report.json");
  const asked = ["--lane", "unary", "--lane", "grpc", "--target", "huntgroup", "--target", "bare-json", "--target", "grpc-js"];
  const { stdout } = await run("--quick", "--rounds", "1", ...asked, "--json", json);
  const { results } = JSON.parse(readFileSync(json, "utf8")) as Report;
  const cells = results.map(({ lane, measures: [first] }) => [
    lane,
    first?.name,
    ...(first?.targets.map(({ target, values }) => `${target}: ${values.length}`) ?? []),
  ]);
  assert.deepEqual(cells, [
    ["unary", "0.25 KB", "huntgroup: 1", "bare-json: 1"],
    ["grpc", "unary: CPU per call", "huntgroup: 1", "grpc-js: 1"],
  ]);
  for (const { goals } of results) assert.ok(goals.some(({ verdict }) => verdict !== "not measured"));
  assert.match(stdout, /^\| 0\.25 KB, µs \| \d+ \| \d+ \|$/m);
});

for (const { fault, status, content, told } of [
  { fault: "refuses", status: 503, content: "no room", told: /given failed: status 503 with 0 pieces of content; .* no room/ },
  { fault: "answers without the content", status: 200, content: "{}", told: /given failed: status 200 with 0 pieces of content/ },
]) {
  test(`a gateway that ${fault} fails the bench`, { skip }, async (context) => {
    const gateway = createServer((request, response) => {
      request.resume();
      response.writeHead(status, { "content-length": content.length }).end(content);
    });
    gateway.listen(0, "127.0.0.1");
    context.after(() => gateway.close());
    await once(gateway, "listening");
    const url = `http://127.0.0.1:${(gateway.address() as AddressInfo).port}`;
    const json = join(folder, "failed.json");
    // The other target has no door for this lane.
    const said = await refusal("--quick", "--lane", "unary", "--rounds", "1", "--target", "http2", "--url", url, "--json", json);
    assert.match(said, /^1: /);
    assert.match(said, told);
  });
}

test("an unknown lane or target is refused, with the names that there are", { skip }, async () => {
  assert.match(await refusal("--lane", "unari"), /^2: There is no lane "unari"; there are unary, /);
  assert.match(await refusal("--target", "ngin"), /^2: There is no target "ngin"; there are huntgroup, /);
  assert.match(await refusal("--rounds", "0"), /^2: --rounds is "0"; it must be a whole number from 1\./);
});
