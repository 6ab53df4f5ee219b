import assert from "node:assert/strict";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { Agent, request } from "node:http";
import { connect, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { eventually } from "../support/eventually.ts";
import { upstreamKey } from "../support/host-config.ts";
import { OpenAiHost } from "../support/openai-host.ts";
import { served, startProgramWithFiles, type Program } from "../support/program.ts";
import { within } from "../support/within.ts";

/** Few, but enough for the start. */
const files = 64;

/** Deployments that are reached by a number and by a name: to look a name up takes a file too. */
function configOf(port: string): string {
  const deployment = (id: string, host: string): string =>
    `  - {model_name: g, litellm_params: {model: openai/x, api_base: "http://${host}:${port}/v1", api_key: ${upstreamKey}, allowed_fails: 0}, model_info: {id: ${id}}}`;
  return `model_list:\n${deployment("numbered", "127.0.0.1")}\n${deployment("named", "localhost")}\n`;
}

interface Answer {
  readonly status: number;
  readonly text: string;
}

describe("a process that has as many files open as it may", () => {
  const folder = mkdtempSync(join(tmpdir(), "huntgroup-files-"));
  /** One connection, which was there before. */
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  const idle: Socket[] = [];
  let host: OpenAiHost;
  let program: Program;
  let origin = "";

  before(async () => {
    host = await OpenAiHost.listen();
    const file = join(folder, "config.yaml");
    writeFileSync(file, configOf(new URL(host.origin).port));
    program = startProgramWithFiles(files, ["serve", "--config", file, "--port", "0"]);
    origin = await within(served(program), "the server started");
  });
  after(async () => {
    for (const socket of idle) socket.destroy();
    agent.destroy();
    program.child.kill("SIGTERM");
    await program.exit;
    await host.close();
    rmSync(folder, { recursive: true });
  });

  function ask(path: string, body?: object): Promise<Answer> {
    return new Promise((resolve, reject) => {
      const sent = request(origin + path, {
        agent,
        method: body === undefined ? "GET" : "POST",
        headers: { "content-type": "application/json" },
      });
      sent.on("error", reject);
      sent.on("response", (response) => {
        let text = "";
        response.on("data", (piece: Buffer) => (text += piece.toString()));
        response.on("end", () => resolve({ status: response.statusCode ?? 0, text }));
      });
      sent.end(body === undefined ? undefined : JSON.stringify(body));
    });
  }

  const call = (model: string): Promise<Answer> => ask("/v1/chat/completions", { model, messages: [] });

  test("answers calls with 503, holds it against no deployment, and serves as before when files are free again", async () => {
    assert.equal((await ask("/health/readiness")).status, 200);
    const port = Number(new URL(origin).port);
    const gone: Socket[] = [];
    // Those that the process has no file for are closed by the system.
    while (gone.length < 5) {
      const socket = connect(port, "127.0.0.1");
      socket.on("error", () => {});
      socket.on("close", () => gone.push(socket));
      idle.push(socket);
      await Promise.race([once(socket, "connect"), once(socket, "close")]);
      await new Promise((resolve) => setImmediate(resolve));
      assert.ok(idle.length < 10 * files, "the limit is reached");
    }
    for (const model of ["numbered", "named", "g", "g", "g", "g"]) {
      const { status, text } = await call(model);
      assert.deepEqual([status, /"local_fault"/.test(text)], [503, true], `${model}: ${text}`);
    }
    for (const socket of idle.splice(0)) socket.destroy();
    await eventually(async () => assert.equal((await call("numbered")).status, 200));
    await eventually(async () => assert.equal((await call("named")).status, 200));
    assert.equal(host.hits.length, 2, "each deployment was asked once, at the first call that could be sent");
    assert.doesNotMatch(program.out(), /"kind":"cooldown"/);
    assert.equal(program.child.exitCode, null);
  });
});
