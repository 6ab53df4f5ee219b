import { spawn } from "node:child_process";
import { cp, mkdtemp, rm, symlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { text } from "node:stream/consumers";
import { interopFolder } from "../../interop/support/setup-problem.ts";
import type { Client } from "./clients.ts";
import type { ScenarioName } from "./scenarios.ts";

/** How one scenario went with one upstream. */
export interface Tried {
  readonly upstream: string;
  readonly scenario: ScenarioName;
  /** What the program raised; undefined: all was as it should be. */
  readonly raised?: string;
}

/** Enough for all scenarios of one client on a busy machine; one that takes longer hangs. */
const longestRunMs = 240_000;

/** Nobody stands between the client and this machine, and nobody asks its makers anything. */
const alone = { no_proxy: "*", NO_PROXY: "*", LITELLM_LOCAL_MODEL_COST_MAP: "True", OPENAI_AGENTS_DISABLE_TRACING: "1" };

/** What a program is told. */
export interface RunSettings {
  readonly origin: string;
  readonly key: string;
  readonly control: string;
  /** The models that it asks for, each as `UPSTREAM=MODEL`. */
  readonly models: readonly string[];
}

/**
 * Runs a client's program to its end.
 * @returns How each of its scenarios went. A program that does not come to its end rejects.
 */
export async function runClient(client: Client, { origin, key, control, models }: RunSettings): Promise<readonly Tried[]> {
  const folder = await mkdtemp(join(tmpdir(), "huntgroup-client-"));
  try {
    const [command, program] = await commandOf(client, folder);
    const settings = client.settings.map((line) =>
      line
        .replace(/=ORIGIN/, `=${origin}`)
        .replace(/=KEY$/, `=${key}`)
        .split("="),
    );
    const child = spawn(command, [program, control, models.join(",")], {
      env: { PATH: process.env["PATH"], HOME: folder, PYTHONDONTWRITEBYTECODE: "1", ...alone, ...Object.fromEntries(settings) },
      stdio: ["ignore", "pipe", "pipe"],
      timeout: longestRunMs,
      killSignal: "SIGKILL",
    });
    const exit = new Promise<number | null>((resolve, reject) => child.on("error", reject).on("close", resolve));
    const [stdout, stderr, code] = await Promise.all([text(child.stdout), text(child.stderr), exit]);
    if (code !== 0) throw new Error(`The program ended with ${code ?? "a signal"}:\n${stderr}`);
    const lines = stdout.split("\n").filter((line) => line.startsWith('{"upstream"'));
    return lines.map((line) => JSON.parse(line) as Tried);
  } finally {
    await rm(folder, { recursive: true });
  }
}

async function commandOf({ program, list = "requirements" }: Client, folder: string): Promise<readonly [string, string]> {
  if (program.startsWith("python/")) {
    return [join(interopFolder, "python-clients", list, "bin/python"), join(import.meta.dirname, program)];
  }
  // Packages are looked for above the program, and the repository's own are not those of the matrix.
  await cp(join(import.meta.dirname, "node"), folder, { recursive: true });
  await symlink(join(interopFolder, "node-clients/node_modules"), join(folder, "node_modules"));
  return [process.execPath, join(folder, basename(program))];
}
