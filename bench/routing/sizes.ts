import { existsSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { exponential, seededRandom, standardNormal } from "../../src/lib/random.ts";
import { TraceReader } from "../../src/simulation/traffic/trace-reader.ts";
import type { TracedRequest } from "../../src/simulation/traffic/traffic.ts";
import { projectFile } from "../support/project-file.ts";

/** Sizes of requests, and where they are from. */
export interface Sizes {
  readonly requests: readonly TracedRequest[];
  readonly source: string;
}

const count = 19_366;
const meanGapMs = 181;

/**
 * The conversations of Azure's trace of 2023 (CC-BY 4.0, Azure/AzurePublicDataset) from the folder `HUNTGROUP_TRACES`, by default
 * `../shared/traces`. Without it, made-up sizes of the same means and spreads.
 */
export function readSizes(): Sizes {
  const folder = process.env["HUNTGROUP_TRACES"] ?? join(process.env["HUNTGROUP_SHARED"] ?? "../shared", "traces");
  const file = resolve(projectFile("."), folder, "azure-llm-2023-conv.csv");
  if (existsSync(file)) {
    const reader = new TraceReader();
    for (const line of readFileSync(file, "utf8").split("\n")) reader.push(line);
    return { requests: reader.end().calls, source: "Azure's conversations of 2023" };
  }
  return { requests: fittedSizes(), source: `made up, as ${file} is missing: figures differ from those of the trace` };
}

/** Log-normal sizes: prompts of 1,155 tokens on average (median 700), answers of 211 (median 140). */
function fittedSizes(): readonly TracedRequest[] {
  const random = seededRandom(2023);
  const requests: TracedRequest[] = [];
  let at = 0;
  for (let index = 0; index < count; index++) {
    const promptTokens = Math.min(Math.ceil(700 * Math.exp(standardNormal(random))), 14_000);
    const outputTokens = Math.min(Math.ceil(140 * Math.exp(0.9 * standardNormal(random))), 1_000);
    requests.push({ at, promptTokens, outputTokens });
    at += exponential(random, meanGapMs);
  }
  return requests;
}
