import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { RouterError } from "../../../src/core/errors.ts";
import type { JsonMembers, StreamEvent } from "../../../src/core/provider.ts";
import { sharedFolder, skippedWithout } from "../../support/shared-folder.ts";
import { readByClient } from "../kit/chat/read-by-client.ts";
import { chatCall, decoded } from "../kit/chat/support.ts";
import { geminiAdapter, sse } from "./support.ts";

/** Real replies of Gemini, whole and streamed: what they hold must come out as OpenAI's, and nothing else. */
const skip = skippedWithout("recordings/google");
const folder = join(sharedFolder, "recordings/google");
const files = skip === false ? readdirSync(folder) : [];
const call = chatCall({ stream: true, stream_options: { include_usage: true } });

interface RecordedPart {
  readonly text?: string;
  readonly thought?: boolean;
  readonly functionCall?: { readonly name?: string; readonly args?: JsonMembers };
}

interface Recorded {
  readonly candidates: readonly { readonly content?: { readonly parts?: readonly RecordedPart[] }; readonly finishReason?: string }[];
  readonly usageMetadata: Readonly<Record<string, number>>;
}

interface Delta {
  readonly content?: string | null;
  readonly reasoning_content?: string;
  readonly tool_calls?: readonly { readonly id: string; readonly function: { readonly name: string; readonly arguments: string } }[];
}

const partsOf = (chunks: readonly Recorded[]): readonly RecordedPart[] =>
  chunks.flatMap(({ candidates }) => candidates.flatMap(({ content }) => content?.parts ?? []));
const textOf = (parts: readonly RecordedPart[], thought: boolean): string =>
  parts.map((part) => ((part.thought ?? false) === thought ? (part.text ?? "") : "")).join("");
const namesOf = (parts: readonly RecordedPart[]): string[] =>
  parts.flatMap(({ functionCall }) => (functionCall?.name === undefined ? [] : [functionCall.name]));

/** What must come out of the usage that was told last. */
function spent(chunks: readonly Recorded[]): readonly (number | undefined)[] {
  const told = chunks.map(({ usageMetadata }) => usageMetadata).findLast(({ totalTokenCount }) => totalTokenCount !== undefined) ?? {};
  return [told["promptTokenCount"], (told["candidatesTokenCount"] ?? 0) + (told["thoughtsTokenCount"] ?? 0), told["totalTokenCount"]];
}

const read = (file: string): string => readFileSync(`${folder}/${file}`, "utf8");
const linesOf = (file: string): string[] =>
  read(file)
    .split("\n")
    .filter((line) => line !== "");

describe("a recorded reply of Gemini", { skip }, () => {
  for (const file of files.filter((name) => name.endsWith(".json"))) {
    it(file, () => {
      const recorded = JSON.parse(read(file)) as Recorded;
      const reply = geminiAdapter().decodeReply(chatCall({}), {}, Buffer.from(read(file)));
      assert.ok(!(reply instanceof RouterError));
      const { choices, usage } = JSON.parse(reply.body.toString()) as {
        choices: { message: Delta; finish_reason: string }[];
        usage: Record<string, number>;
      };
      const [{ message, finish_reason: reason } = { message: {}, finish_reason: "" }] = choices;
      const parts = partsOf([recorded]);
      assert.equal(message.content ?? "", textOf(parts, false));
      assert.equal(message.reasoning_content ?? "", textOf(parts, true));
      assert.deepEqual(
        (message.tool_calls ?? []).map((one) => JSON.parse(one.function.arguments) as unknown),
        parts.flatMap(({ functionCall }) => (functionCall === undefined ? [] : [functionCall.args ?? {}])),
      );
      assert.equal(reason, namesOf(parts).length > 0 ? "tool_calls" : "stop");
      assert.deepEqual([usage["prompt_tokens"], usage["completion_tokens"], usage["total_tokens"]], spent([recorded]));
    });
  }
});

/** The arguments that some of the streams bring in pieces. */
const pieced: Readonly<Record<string, readonly unknown[]>> = {
  "google-stream-tool-call-arguments.chunks.txt": [{ location: "Boston" }, { location: "San Francisco" }],
  "google-stream-no-args-tool-call.chunks.txt": [{}, { id: "A" }, { id: "B" }, { id: "C" }],
  "google-stream-tool-call-array-arguments-missing-terminal-function-call.chunks.txt": [
    {
      operations: [
        { action: "add", description: "Fresh red apple", itemid: "apple_001", price: 0.5 },
        { action: "add", description: "Ripe yellow banana", itemid: "banana_001", price: 0.3 },
      ],
    },
  ],
};

describe("a recorded stream of Gemini", { skip }, () => {
  for (const file of files.filter((name) => name.endsWith(".chunks.txt"))) {
    it(file, async () => {
      const lines = linesOf(file);
      const recorded = lines.map((line) => JSON.parse(line) as Recorded);
      const parts = partsOf(recorded);
      const events = decoded(geminiAdapter(), call, [sse(lines)]);
      assert.deepEqual(
        decoded(geminiAdapter(), call, [Buffer.from(`[${lines.join("\n,\n")}\n]`)]).map(({ bytes }) => bytes.toString()),
        events.map(({ bytes }) => bytes.toString()),
      );
      const deltas = deltasOf(events);
      assert.equal(deltas.map(({ content }) => content ?? "").join(""), textOf(parts, false));
      assert.equal(deltas.map(({ reasoning_content: text }) => text ?? "").join(""), textOf(parts, true));
      const calls = deltas.flatMap(({ tool_calls: made = [] }) => made);
      assert.deepEqual(
        calls.map((one) => one.function.name),
        namesOf(parts),
      );
      assert.equal(new Set(calls.map(({ id }) => id)).size, calls.length);
      const given = calls.map((one) => JSON.parse(one.function.arguments) as unknown);
      const whole = parts.flatMap(({ functionCall }) => (functionCall?.args === undefined ? [] : [functionCall.args]));
      if (file in pieced) assert.deepEqual(given, pieced[file]);
      else if (whole.length > 0) assert.deepEqual(given, whole);
      if (file.includes("nested")) assert.equal(JSON.stringify(given), JSON.stringify(nestedOf(parts)));
      const { promptTokens, outputTokens } = events.at(-1)?.usage ?? { promptTokens: 0, outputTokens: 0 };
      assert.deepEqual([promptTokens, outputTokens, promptTokens + outputTokens], spent(recorded));
      assert.equal(events.at(-1)?.kind, "done");
      const { choices, usage } = await readByClient(events);
      assert.equal(choices[0]?.message.content ?? "", textOf(parts, false));
      assert.deepEqual(
        (choices[0]?.message.tool_calls ?? []).map((made) =>
          made.type === "function" ? (JSON.parse(made.function.arguments) as unknown) : made,
        ),
        given,
      );
      assert.equal(choices[0]?.finish_reason, calls.length > 0 ? "tool_calls" : "stop");
      assert.deepEqual([usage?.prompt_tokens, usage?.completion_tokens, usage?.total_tokens], spent(recorded));
    });
  }
});

function deltasOf(events: readonly StreamEvent[]): readonly Delta[] {
  return events.flatMap(({ data, error }) => {
    assert.equal(error, undefined);
    if (data === undefined) return [];
    const { choices = [] } = JSON.parse(data.toString()) as { choices?: { delta: Delta }[] };
    return choices.map(({ delta }) => delta);
  });
}

/** The same put together in another way: by JavaScript's own paths. */
function nestedOf(parts: readonly RecordedPart[]): unknown[] {
  const made: Record<string, unknown>[] = [];
  for (const { functionCall } of parts) {
    if (functionCall?.name !== undefined) made.push({});
    const pieces = (functionCall as { partialArgs?: { jsonPath: string; stringValue?: string; numberValue?: number }[] } | undefined)
      ?.partialArgs;
    for (const { jsonPath, stringValue, numberValue } of pieces ?? []) {
      const steps = jsonPath.match(/[^.$[\]]+/g) ?? [];
      let node = made.at(-1) as Record<string, unknown>;
      for (const [depth, step] of steps.entries()) {
        const next = steps[depth + 1];
        if (next === undefined)
          node[step] = stringValue === undefined ? numberValue : `${(node[step] as string | undefined) ?? ""}${stringValue}`;
        else node = (node[step] ??= /^\d+$/.test(next) ? [] : {}) as Record<string, unknown>;
      }
    }
  }
  return made;
}
