import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { build } from "esbuild";
import { parseState } from "../../../src/control/state/state-json.ts";
import { inFolder } from "../support/control-fixture.ts";

const kills = 200;
/** Side by side, each with a state file of its own. */
const lines = 4;
/** It is killed after so many changes at most, and so long after one: a change takes about as long. */
const mostChanges = 4;
const longestDelayMs = 12;

interface Acknowledged {
  readonly revision: number;
  readonly digest: string;
}

const environmentOf = (program: string) => ({ NODE_COMPILE_CACHE: `${program}.cache` });

/** Lets the program begin and end in order, since one that is killed leaves nothing that was compiled for those after it. */
async function compile(program: string, statePath: string): Promise<void> {
  const child = spawn(process.execPath, [program, statePath, "begin"], {
    stdio: ["ignore", "ignore", "inherit"],
    env: environmentOf(program),
  });
  assert.deepEqual(await once(child, "close"), [0, null]);
}

/** Lets the program make some changes, and kills it at some moment after one. @returns All that it has said. */
async function killedRun(program: string, statePath: string): Promise<readonly string[]> {
  const child = spawn(process.execPath, [program, statePath], { stdio: ["ignore", "pipe", "inherit"], env: environmentOf(program) });
  const changes = Math.floor(Math.random() * mostChanges);
  let said = "";
  let killing = false;
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    said += text;
    if (killing || said.split("\n").length - 2 < changes) return;
    killing = true;
    setTimeout(() => child.kill("SIGKILL"), Math.random() * longestDelayMs);
  });
  const [code, signal] = await once(child, "close");
  assert.deepEqual([code, signal], [null, "SIGKILL"], "it ended by itself");
  return said.split("\n").slice(0, -1);
}

function parse(line: string | undefined): Acknowledged {
  const [revision, digest = ""] = (line ?? "").split(" ");
  return { revision: Number(revision), digest };
}

/** What is on the disk is what was acknowledged last, or the change after it: whole, and never a mix. */
function check(statePath: string, acknowledged: Acknowledged): void {
  const parsed = parseState(readFileSync(statePath, "utf8"));
  assert.ok(parsed.ok, parsed.ok ? "" : parsed.error);
  const { revision, weights, keys } = parsed.value.state;
  const ahead = revision - acknowledged.revision;
  assert.ok(ahead === 0 || ahead === 1, `revision ${revision} after ${acknowledged.revision} was acknowledged`);
  const odd = revision % 2 === 1 ? revision : revision - 1;
  assert.deepEqual([...weights.values()], [odd, odd]);
  const rotated = ahead === 1 && revision % 2 === 0;
  if (revision > 1) assert.equal(keys.get("from-file")?.sha256 !== acknowledged.digest, rotated);
}

test(`killed at ${kills} random moments, it comes back with the state that was acknowledged last or the one after it`, async () => {
  await inFolder(async (folder) => {
    // A bundle starts several times faster than some hundred modules.
    const program = join(folder, "restless.mjs");
    // What is known of models stands beside the package's manifest.
    const root = join(import.meta.dirname, "../../..");
    for (const name of ["package.json", "data"]) symlinkSync(join(root, name), join(folder, name));
    const entry = join(import.meta.dirname, "../support/restless.ts");
    await build({
      entryPoints: [entry],
      outfile: program,
      bundle: true,
      minify: true,
      platform: "node",
      // jsonc-parser's other build hides its files from a bundler.
      mainFields: ["module", "main"],
      // Loaded where credentials are fetched, and here none are.
      external: ["google-auth-library", "@aws-sdk/*"],
      format: "esm",
      banner: { js: requireForBundle },
      tsconfigRaw: "{}",
    });
    await compile(program, join(folder, "none.json"));
    let changes = 0;
    const runs = Array.from({ length: lines }, async (_, line) => {
      const statePath = join(folder, `${line}.json`);
      let last: Acknowledged = { revision: 0, digest: "0".repeat(64) };
      for (let kill = 0; kill < kills / lines; kill++) {
        const said = await killedRun(program, statePath);
        assert.deepEqual(
          said.filter((text) => text.startsWith("warning")),
          [],
        );
        const loaded = parse(said[0]);
        assert.ok(loaded.revision === last.revision || loaded.revision === last.revision + 1, "what it came back with");
        last = parse(said.at(-1));
        if (last.revision > 0) check(statePath, last);
        changes += last.revision - loaded.revision;
      }
    });
    await Promise.all(runs);
    assert.ok(changes > kills, `only ${changes} changes were made: too few to be hit in one`);
  });
});

/** What is bundled of CommonJS may ask for Node's own modules. */
const requireForBundle = "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);";
