import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { RouterError } from "../../../src/core/errors.ts";
import type { JsonMembers } from "../../../src/core/provider.ts";
import { bedrock } from "../../../src/formats/bedrock/index.ts";
import { sharedFolder, skippedWithout } from "../../support/shared-folder.ts";
import { readByClient } from "../kit/chat/read-by-client.ts";
import { chatCall, decoded, testHost, testRules } from "../kit/chat/support.ts";
import { eventFrame } from "../kit/event-stream/frames.ts";

/** Real replies of Bedrock, whole and streamed: what they hold must come out as OpenAI's, and nothing else. */
const skip = skippedWithout("recordings/amazon-bedrock");
const folder = join(sharedFolder, "recordings/amazon-bedrock");
const files = skip === false ? readdirSync(folder).filter((name) => name.startsWith("amazon-bedrock")) : [];
const read = (file: string): string => readFileSync(join(folder, file), "utf8");

const adapter = bedrock.connect(testHost(), { rules: testRules(), takesPrefill: false, model: "anthropic.claude-sonnet-4-5" });

interface Block {
  readonly text?: string;
  readonly toolUse?: { readonly toolUseId: string; readonly name: string; readonly input: unknown };
  readonly reasoningContent?: { readonly reasoningText: { readonly text: string; readonly signature: string } };
}

interface ToolCall {
  readonly index: number;
  readonly id: string;
  readonly function: { readonly name: string; readonly arguments: string };
}

interface Told {
  readonly content?: string | null;
  readonly reasoning_content?: string;
  readonly thinking_blocks?: readonly JsonMembers[];
  readonly tool_calls?: readonly ToolCall[];
}

const expectedEnd = (reason: string): string => (reason === "tool_use" ? "tool_calls" : "stop");

describe("a recorded reply of Converse", { skip }, () => {
  for (const file of files.filter((name) => name.endsWith(".json"))) {
    it(file, () => {
      const body = read(file);
      const recorded = JSON.parse(body) as {
        output: { message: { content: Block[] } };
        stopReason: string;
        usage: Record<string, number>;
      };
      const { content } = recorded.output.message;
      const reply = adapter.decodeReply(chatCall({}), {}, Buffer.from(body));
      assert.ok(!(reply instanceof RouterError));
      const { choices, usage } = JSON.parse(reply.body.toString()) as {
        choices: { message: Told; finish_reason: string }[];
        usage: Record<string, number>;
      };
      const { message, finish_reason: end } = choices[0] ?? { message: {}, finish_reason: undefined };
      assert.equal(message.content ?? "", content.map(({ text = "" }) => text).join(""));
      assert.equal(message.reasoning_content ?? "", content.map((block) => block.reasoningContent?.reasoningText.text ?? "").join(""));
      assert.deepEqual(
        (message.thinking_blocks ?? []).map(({ signature }) => signature),
        content.flatMap(({ reasoningContent }) => (reasoningContent === undefined ? [] : [reasoningContent.reasoningText.signature])),
      );
      assert.deepEqual(
        (message.tool_calls ?? []).map(({ id, function: { name, arguments: args } }) => [id, name, JSON.parse(args)]),
        content.flatMap(({ toolUse }) => (toolUse === undefined ? [] : [[toolUse.toolUseId, toolUse.name, toolUse.input]])),
      );
      assert.equal(end, expectedEnd(recorded.stopReason));
      assert.deepEqual(
        [usage["prompt_tokens"], usage["completion_tokens"]],
        [recorded.usage["inputTokens"], recorded.usage["outputTokens"]],
      );
    });
  }
});

type Recorded = Readonly<Record<string, JsonMembers>>;

describe("a recorded stream of Converse", { skip }, () => {
  for (const file of files.filter((name) => name.endsWith(".chunks.txt"))) {
    it(file, async () => {
      const events = read(file)
        .split("\n")
        .filter((line) => line !== "")
        .map((line) => JSON.parse(line) as Recorded);
      const bytes = Buffer.concat(events.map((event) => eventFrame(Object.keys(event)[0] ?? "", Object.values(event)[0])));
      const call = chatCall({ stream: true, stream_options: { include_usage: true } });
      const whole = decoded(adapter, call, [bytes]);
      const pieces = decoded(
        adapter,
        call,
        Array.from({ length: Math.ceil(bytes.length / 11) }, (_, at) => bytes.subarray(at * 11, at * 11 + 11)),
      );
      assert.deepEqual(pieces, whole);
      const chunks = whole
        .filter(({ data }) => data !== undefined)
        .map(
          ({ data }) =>
            JSON.parse(data?.toString() ?? "") as { choices: { delta: Told; finish_reason: string | null }[]; usage?: JsonMembers },
        );
      const deltas = chunks.map(({ choices }) => choices[0]?.delta ?? {});
      const blocks = events.map(({ contentBlockDelta: delta }) => (delta?.["delta"] ?? {}) as unknown as Delta);
      assert.equal(deltas.map(({ content }) => content ?? "").join(""), blocks.map(({ text = "" }) => text).join(""));
      assert.equal(
        deltas.map(({ reasoning_content: text = "" }) => text).join(""),
        blocks.map(({ reasoningContent }) => reasoningContent?.text ?? "").join(""),
      );
      const begun = events.flatMap(({ contentBlockStart: start }) => (start === undefined ? [] : [start as unknown as Start]));
      const calls = deltas.flatMap(({ tool_calls: list = [] }) => list);
      assert.deepEqual(
        calls.filter(({ id }) => id !== undefined).map(({ id, function: { name } }) => [id, name]),
        begun.map(({ start: { toolUse } }) => [toolUse.toolUseId, toolUse.name]),
      );
      for (const [index, { contentBlockIndex: block }] of begun.entries()) {
        const expected = events.map(({ contentBlockDelta: delta }) =>
          delta?.["contentBlockIndex"] === block ? ((delta["delta"] as unknown as Delta).toolUse?.input ?? "") : "",
        );
        const told = calls.filter((one) => one.index === index).map((one) => one.function.arguments);
        assert.equal(told.join(""), expected.join(""));
      }
      const stop = events.find(({ messageStop }) => messageStop !== undefined)?.["messageStop"]?.["stopReason"] as string;
      assert.equal(
        chunks.map(({ choices }) => choices[0]?.finish_reason).find((reason) => typeof reason === "string"),
        expectedEnd(stop),
      );
      const usage = events.find(({ metadata }) => metadata !== undefined)?.["metadata"]?.["usage"] as Record<string, number> | undefined;
      const spent = chunks.at(-1)?.usage;
      assert.deepEqual([spent?.["prompt_tokens"], spent?.["completion_tokens"]], [usage?.["inputTokens"], usage?.["outputTokens"]]);
      assert.equal(whole.at(-1)?.kind, "done");
      const { choices, usage: counted } = await readByClient(whole);
      const [choice] = choices;
      assert.equal(choice?.message.content ?? "", blocks.map(({ text = "" }) => text).join(""));
      assert.equal(choice?.finish_reason, expectedEnd(stop));
      assert.deepEqual(
        (choice?.message.tool_calls ?? []).map((one) => (one.type === "function" ? [one.id, one.function.name] : one)),
        begun.map(({ start: { toolUse } }) => [toolUse.toolUseId, toolUse.name]),
      );
      assert.deepEqual([counted?.prompt_tokens, counted?.completion_tokens], [usage?.["inputTokens"], usage?.["outputTokens"]]);
    });
  }
});

interface Delta {
  readonly text?: string;
  readonly toolUse?: { readonly input: string };
  readonly reasoningContent?: { readonly text?: string };
}

interface Start {
  readonly contentBlockIndex: number;
  readonly start: { readonly toolUse: { readonly toolUseId: string; readonly name: string } };
}
