import type { Summary } from "../../src/simulation/summary.ts";
import type { FamilyReport, ReportOptions } from "./family.ts";
import { overloadScenarios, type PressedSummary, tenantScenarios } from "./pressure.ts";
import { mean, seedsOf } from "./statistics.ts";

const usual = ["least-busy", "adaptive"];
/** What is promised holds for this one. */
const judged = "adaptive";

/** Good work under overload, and what a greedy tenant takes from others. */
export async function reportPressure({ seeds, strategies = usual, workers }: ReportOptions): Promise<FamilyReport> {
  const run = async (scenario: string, contestant: string): Promise<readonly PressedSummary[]> => {
    const runs = await Promise.all(seedsOf(seeds).map((seed) => workers.run({ scenario, contestant, seed })));
    return runs.map(pressedOf);
  };
  const lines = [
    "| scenario | strategy | good work, % of capacity | goodput of calls that go first, % | of the others, % | failed, % |",
    "| --- | --- | --- | --- | --- | --- |",
  ];
  let isMet = true;
  for (const { name } of overloadScenarios) {
    for (const contestant of strategies) {
      const runs = await run(name, contestant);
      const goodWork = mean(runs, (one) => one.goodWork);
      if (contestant === judged && name === overloadScenarios[0]?.name) isMet &&= goodWork >= 80;
      const first = mean(runs, (one) => one.firstGoodput);
      const rest = mean(runs, (one) => (one.goodput - 0.2 * one.firstGoodput) / 0.8);
      const figures = [goodWork, first, rest, mean(runs, (one) => one.failed)].map((value) => value.toFixed(1));
      lines.push(`| ${name} | ${contestant} | ${figures.join(" | ")} |`);
    }
  }
  lines.push(
    "",
    "| where | strategy | others' first content p99, ms: alone, beside the greedy one | until the end | their calls that fail, % | the greedy one's share of tokens, % | |",
    "| --- | --- | --- | --- | --- | --- | --- |",
  );
  for (const [greedy, alone] of tenantScenarios) {
    for (const contestant of strategies) {
      const [beside, without] = await Promise.all([run(greedy.name, contestant), run(alone.name, contestant)]);
      const first = [without, beside].map((runs) => mean(runs, (one) => one.othersFirstP99));
      const total = [without, beside].map((runs) => mean(runs, (one) => one.othersTotalP99));
      const holds = (total[1] ?? Infinity) <= 1.5 * (total[0] ?? 0);
      if (contestant === judged) isMet &&= holds;
      const shown = [first, total].map((times) => times.map((ms) => ms.toFixed(0)).join(", ")).join(" | ");
      const rest = `${mean(beside, (one) => one.othersFailed).toFixed(2)} | ${mean(beside, (one) => one.greedyShare).toFixed(0)}`;
      lines.push(`| ${greedy.name.split(",")[0]} | ${contestant} | ${shown} | ${rest} | ${holds ? "met" : "**missed**"} |`);
    }
  }
  return { text: lines.join("\n"), isMet };
}

function pressedOf(summary: Summary): PressedSummary {
  if (!("goodWork" in summary)) throw new Error("the run is of no scenario under pressure");
  return summary as PressedSummary;
}
