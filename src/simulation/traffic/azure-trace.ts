/** One request of a trace of real traffic. */
export interface TracedRequest {
  /** Milliseconds since the trace's first request. */
  readonly at: number;
  readonly promptTokens: number;
  readonly outputTokens: number;
}

/**
 * Reads a trace in the form of Azure's public data set of 2023: lines of `TIMESTAMP,ContextTokens,GeneratedTokens`, the first one a heading.
 * @throws Error that names the line which is not so.
 */
export function readAzureTrace(text: string): readonly TracedRequest[] {
  const requests: TracedRequest[] = [];
  let first: number | undefined;
  for (const [index, line] of text.split("\n").entries()) {
    if (index === 0 || line.trim() === "") continue;
    const [time = "", prompt, output] = line.split(",");
    // Times have seven digits behind the point, of which the platform reads three.
    const at = Date.parse(`${time.slice(0, 23).replace(" ", "T")}Z`);
    const promptTokens = Number(prompt);
    const outputTokens = Number(output);
    if (!Number.isFinite(at) || !(promptTokens >= 0) || !(outputTokens >= 0)) {
      throw new Error(`line ${index + 1} of the trace is not TIMESTAMP,ContextTokens,GeneratedTokens: ${line.slice(0, 80)}`);
    }
    first ??= at;
    requests.push({ at: at - first, promptTokens: Math.max(promptTokens, 1), outputTokens: Math.max(outputTokens, 1) });
  }
  return requests;
}
