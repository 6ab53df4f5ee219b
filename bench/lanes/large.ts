import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { askReport } from "../support/ask-report.ts";
import { builtProgram } from "../support/built-program.ts";
import { treeCpuMicros } from "../support/cpu-time.ts";
import { launch } from "../support/launch.ts";
import { projectFile } from "../support/project-file.ts";
import { Sheet } from "../support/sheet.ts";
import type { TurnReport } from "../support/turns-on-signal.ts";
import { startHuntgroup } from "../targets/huntgroup.ts";
import type { Bench } from "../support/bench.ts";
import type { Lane } from "./lane.ts";

const deployments = 10_000;
/** One library reads the configuration, which takes most of it. */
const mostStartSeconds = 4;
const promptBytes = 1_000_000;
const mostTurnMs = 5;

const doors = [
  { name: "REST", grpcPath: undefined },
  { name: "gRPC", grpcPath: "/huntgroup.v1.ChatService/ChatCompletion" },
];

export const large: Lane = {
  name: "large",
  title: "Large configurations and large requests",
  async run(bench) {
    const sheet = new Sheet();
    const program = builtProgram();
    for (let round = 0; round < bench.rounds; round++) {
      for (const size of [10, deployments]) await measureStart(bench, sheet, program, size);
      await measureTurns(bench, sheet);
    }
    const goals = [
      { measure: startMeasure(deployments), target: "huntgroup", beside: undefined, atMost: mostStartSeconds },
      ...doors.map(({ name }) => ({ measure: turnMeasure(name), target: "huntgroup", beside: undefined, atMost: mostTurnMs })),
    ];
    const notes = [
      "What is started is the program as it is built and installed: one that is run from its sources has them to strip of their types first.",
      "The longest turn is CPU time of the main thread, from one turn of the event loop to the next, with what small requests had in it.",
    ];
    return { sheet, goals, notes };
  },
};

function startMeasure(size: number): string {
  return `start with ${size.toLocaleString("en")} deployments, spawn to serving`;
}

function turnMeasure(door: string): string {
  return `${door}: longest turn of the event loop, prompts of 1 MB among small ones`;
}

async function measureStart(bench: Bench, sheet: Sheet, program: string, size: number): Promise<void> {
  const { stop } = await bench.start("huntgroup", async ({ folder, core }) => {
    const file = join(folder, "large.yaml");
    writeFileSync(file, largeConfig(size));
    const begun = performance.now();
    const {
      pid,
      port,
      stop: end,
    } = await launch({
      name: "huntgroup",
      command: process.execPath,
      args: [program, "serve", "--config", file, "--port", "0", "--drain-seconds", "1"],
      core,
    });
    sheet.add({ name: startMeasure(size), unit: "s", digits: 2 }, "huntgroup", (performance.now() - begun) / 1_000);
    sheet.add(
      { name: `${size.toLocaleString("en")} deployments: CPU until then`, unit: "s", digits: 2 },
      "huntgroup",
      treeCpuMicros(pid) / 1e6,
    );
    return { pid, grpcPort: port, stop: end };
  });
  await stop();
}

/** As people write it, and not in JSON, which is quicker to read. */
function largeConfig(size: number): string {
  const entries = Array.from(
    { length: size },
    (_, index) => `  - model_name: group-${index % 100}
    litellm_params:
      model: openai/model-${index}
      api_base: http://127.0.0.1:9/v1
      api_key: sk-${index.toString().padStart(6, "0")}-secret
      rpm: 100000
      weight: ${1 + (index % 5)}
    model_info:
      id: deployment-${index}
`,
  );
  return `model_list:\n${entries.join("")}router_settings:\n  routing_strategy: least-busy\n`;
}

async function measureTurns(bench: Bench, sheet: Sheet): Promise<void> {
  let report = "";
  const { rest, pid, stop } = await bench.start("huntgroup", (context) => {
    report = join(context.folder, "report.json");
    const nodeArgs = [...context.nodeArgs, "--import", projectFile("bench/support/turns-on-signal.ts")];
    return startHuntgroup({ ...context, nodeArgs }, {}, { REPORT_FILE: report });
  });
  try {
    if (rest === undefined || pid === undefined) return;
    for (const { name, grpcPath } of doors) {
      const job = { endpoint: rest, grpcPath, largeBytes: promptBytes, durationMs: bench.spanMs };
      // Code that is new is slow.
      await bench.load.run("largeAmongSmall", job);
      await askReport(pid, report);
      await bench.load.run("largeAmongSmall", job);
      const { longestTurnMs } = (await askReport(pid, report)) as TurnReport;
      sheet.add({ name: turnMeasure(name), unit: "ms", digits: 1 }, "huntgroup", longestTurnMs);
    }
  } finally {
    await stop();
  }
}
