import { runScript } from "../support/run-script.ts";
import { Sheet } from "../support/sheet.ts";
import type { Lane } from "./lane.ts";

export const call: Lane = {
  name: "call",
  title: "One call in the core alone, without sockets and JSON (bench/call.ts)",
  async run(bench) {
    const sheet = new Sheet();
    const nanos = (await runScript("bench/call.ts", ["--json", ...(bench.quick ? ["--quick"] : [])])) as readonly number[];
    for (const value of nanos) sheet.add({ name: "a call that goes well", unit: "µs", digits: 2 }, "core", value / 1_000);
    return { sheet, goals: [] };
  },
};
