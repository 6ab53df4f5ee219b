import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { readAzureTrace } from "../../../src/simulation/traffic/azure-trace.ts";

const heading = "TIMESTAMP,ContextTokens,GeneratedTokens\n";

describe("Azure's traces", () => {
  it("are read with their gaps and sizes", () => {
    const text = `${heading}2023-11-16 18:15:46.6805900,374,44\r\n2023-11-16 18:15:50.9951690,396,109\r\n`;
    assert.deepEqual(readAzureTrace(text), [
      { at: 0, promptTokens: 374, outputTokens: 44 },
      { at: 4_315, promptTokens: 396, outputTokens: 109 },
    ]);
  });

  it("say which line is not of theirs", () => {
    assert.throws(() => readAzureTrace(`${heading}2023-11-16 18:15:46.6805900,many,44`), /line 2 of the trace/);
  });
});
