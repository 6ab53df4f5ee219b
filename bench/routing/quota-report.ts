import type { FamilyReport, ReportOptions } from "./family.ts";
import { firstMs, quotaScenarios } from "./quotas.ts";
import { readSizes } from "./sizes.ts";
import { mean, seedsOf } from "./statistics.ts";

/** Those that are compared where nothing is chosen: what people use with quotas, and what is meant to be better. */
const usual = ["simple-shuffle", "usage-based-routing", "least-busy", "adaptive"];

/** Each strategy beside the ideal of one account whose calls' sizes are known. */
export async function reportQuotas({ seeds, strategies = usual, workers }: ReportOptions): Promise<FamilyReport> {
  const sizes = readSizes().requests;
  const lines = [
    "| scenario | strategy | failed, % (ideal) | median wait, ms (ideal) | refused by accounts, % | tokens served, % of the ideal's | |",
    "| --- | --- | --- | --- | --- | --- | --- |",
  ];
  let isMet = true;
  for (const scenario of quotaScenarios) {
    const ideals = seedsOf(seeds).map((seed) => scenario.ideal(seed, sizes));
    for (const contestant of strategies) {
      const runs = await Promise.all(seedsOf(seeds).map((seed) => workers.run({ scenario: scenario.name, contestant, seed })));
      const failed = mean(runs, (run) => run.failed);
      const idealFailed = mean(ideals, (ideal) => ideal.failed);
      const waitMs = mean(runs, (run) => run.firstMs.p50) - firstMs;
      const idealWaitMs = mean(ideals, (ideal) => ideal.medianWaitMs);
      const refused = mean(runs, (run) => run.refused);
      const served = (100 * mean(runs, (run) => run.promptTokens + run.outputTokens)) / mean(ideals, (ideal) => ideal.servedTokens);
      const holds = failed <= idealFailed + 0.2 && waitMs <= idealWaitMs + 500 && refused <= scenario.mostRefused && served >= 97.5;
      if (contestant === "adaptive") isMet &&= holds;
      const figures = `${failed.toFixed(2)} (${idealFailed.toFixed(2)}) | ${waitMs.toFixed(0)} (${idealWaitMs.toFixed(0)}) | ${refused.toFixed(2)} | ${served.toFixed(1)}`;
      lines.push(`| ${scenario.name} | ${contestant} | ${figures} | ${holds ? "met" : "**missed**"} |`);
    }
  }
  return { text: lines.join("\n"), isMet };
}
