import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import type { ChatCompletionMessage } from "openai/resources/chat/completions";
import { RouterError } from "../../src/core/errors.ts";
import type { JsonMembers, StreamEvent } from "../../src/core/provider.ts";
import { anthropicCaller } from "../../src/formats/anthropic/caller/caller.ts";
import { responsesCaller } from "../../src/formats/responses/caller/caller.ts";
import { connect } from "../providers/support.ts";
import { sharedFolder, skippedWithout } from "../support/shared-folder.ts";
import * as messages from "./anthropic/caller/support.ts";
import { readByClient } from "./kit/chat/read-by-client.ts";
import { chatCall, decoded } from "./kit/chat/support.ts";
import { eventFrame } from "./kit/event-stream/frames.ts";
import * as responses from "./responses/caller/support.ts";
import { testIds } from "./responses/support.ts";

/** Real replies of providers, for callers of other formats: Anthropic's and OpenAI's own packages must read in them what was recorded. */

interface Provider {
  readonly folder: string;
  readonly address: string;
  /** Which files are of this API. */
  readonly isOwn?: (name: string) => boolean;
  /** Bytes as they come from the provider, of the lines of one answer. */
  readonly framed: (lines: readonly string[]) => Buffer;
}

const parsed = (line: string): JsonMembers => JSON.parse(line) as JsonMembers;
const asEvents = (lines: readonly string[]): Buffer => Buffer.from(lines.map((line) => `data: ${line}\n\n`).join(""));
const asChunks = (lines: readonly string[]): Buffer => Buffer.concat([asEvents(lines), Buffer.from("data: [DONE]\n\n")]);
const named = (lines: readonly string[]): Buffer =>
  Buffer.from(lines.map((line) => `event: ${(parsed(line) as { readonly type?: string }).type}\ndata: ${line}\n\n`).join(""));
const framesOf = (lines: readonly string[]): Buffer =>
  Buffer.concat(lines.flatMap((line) => Object.entries(parsed(line)).map(([name, event]) => eventFrame(name, event as JsonMembers))));
const ofChat = (name: string): boolean => !name.startsWith("responses.");

const providers: readonly Provider[] = [
  { folder: "anthropic", address: "anthropic/claude-sonnet-4-5", framed: named },
  { folder: "google", address: "gemini/gemini-2.5-flash", framed: asEvents },
  {
    folder: "amazon-bedrock",
    address: "bedrock/converse/anthropic.claude-sonnet-4-5-20250929-v1:0",
    isOwn: (name) => name.startsWith("amazon-bedrock"),
    framed: framesOf,
  },
  ...["mistral", "deepseek", "groq", "xai"].map((folder): Provider => ({
    folder,
    address: `${folder}/some-model`,
    isOwn: ofChat,
    framed: asChunks,
  })),
];

/** What a caller reads of an answer. */
interface Read {
  /** Why nothing is answered included. */
  readonly text: string;
  readonly thought: string;
  readonly calls: readonly (readonly [name: string, args: unknown])[];
}

function ofCompletion(message: ChatCompletionMessage): Read {
  const { content, refusal, tool_calls: calls = [] } = message;
  const { reasoning_content: content2, reasoning } = message as { readonly reasoning_content?: string; readonly reasoning?: string };
  return {
    text: (content ?? "") + (refusal ?? ""),
    thought: content2 ?? reasoning ?? "",
    calls: calls.flatMap((call) => (call.type === "function" ? [[call.function.name, argsOf(call.function.arguments)] as const] : [])),
  };
}

/** OpenAI's package keeps no thoughts of chunks. */
function thoughtOf(events: readonly StreamEvent[]): string {
  return events
    .flatMap((event) => event.parts?.() ?? [event])
    .filter(({ data, kind }) => data !== undefined && kind !== "done")
    .map(({ data }) => {
      const { choices } = JSON.parse(data?.toString() ?? "") as { readonly choices?: readonly { readonly delta: ChatCompletionMessage }[] };
      return choices?.[0] === undefined ? "" : ofCompletion(choices[0].delta).thought;
    })
    .join("");
}

const argsOf = (text: string): unknown => JSON.parse(text === "" ? "{}" : text) as unknown;

interface Message {
  readonly content: readonly {
    readonly type: string;
    readonly text?: string;
    readonly thinking?: string;
    readonly name?: string;
    readonly input?: unknown;
  }[];
}

function ofMessage({ content }: Message): Read {
  return {
    text: content.map((block) => (block.type === "text" ? (block.text ?? "") : "")).join(""),
    thought: content.map((block) => (block.type === "thinking" ? (block.thinking ?? "") : "")).join(""),
    calls: content.filter(({ type }) => type === "tool_use").map(({ name = "", input }) => [name, input] as const),
  };
}

interface Item {
  readonly type: string;
  readonly name?: string;
  readonly arguments?: string;
  readonly content?: readonly { readonly text?: string; readonly refusal?: string }[];
  readonly summary?: readonly { readonly text: string }[];
}

function ofResponse({ output }: JsonMembers): Read {
  const items = output as unknown as readonly Item[];
  const told = (type: string): readonly Item[] => items.filter((item) => item.type === type);
  return {
    text: told("message")
      .flatMap(({ content = [] }) => content.map(({ text, refusal }) => text ?? refusal ?? ""))
      .join(""),
    thought: told("reasoning")
      .flatMap(({ summary = [] }) => summary.map(({ text }) => text))
      .join(""),
    calls: told("function_call").map(({ name = "", arguments: args = "" }) => [name, argsOf(args)] as const),
  };
}

/** Some files hold the streams of several turns. */
function answersOf(text: string): string[][] {
  const answers: string[][] = [[]];
  for (const line of text.split("\n").filter((one) => one !== "")) {
    answers.at(-1)?.push(line);
    if (line.startsWith('{"type":"message_stop"')) answers.push([]);
  }
  return answers.filter((lines) => lines.length > 0);
}

const streamed = chatCall({ stream: true, stream_options: { include_usage: true } });

for (const { folder, address, isOwn = () => true, framed } of providers) {
  const skip = skippedWithout(`recordings/${folder}`);
  const path = join(sharedFolder, "recordings", folder);
  const files = skip === false ? readdirSync(path).filter(isOwn) : [];
  const { adapter } = connect({
    address,
    apiKey: "k",
    environment: { AWS_REGION_NAME: "us-east-1" },
    setting: (key) => (key === "aws_region_name" ? "us-east-1" : undefined),
  });

  describe(`what was recorded of ${folder}, at the doors of Messages and Responses`, { skip }, () => {
    for (const file of files.filter((name) => name.endsWith(".chunks.txt"))) {
      it(`${file} is read as it was`, async () => {
        for (const lines of answersOf(readFileSync(join(path, file), "utf8"))) {
          const events: readonly StreamEvent[] = decoded(adapter, streamed, [framed(lines)]);
          assert.deepEqual(events.map(({ error }) => error?.message).filter(Boolean), []);
          const [choice] = (await readByClient(events)).choices;
          assert.ok(choice);
          const expected = { ...ofCompletion(choice.message), thought: thoughtOf(events) };
          assert.deepEqual(ofMessage(await messages.readByPackage(messages.written(events))), expected);
          assert.deepEqual(ofResponse(await responses.readByPackage(responses.written(events))), expected);
        }
      });
    }
    for (const file of files.filter((name) => name.endsWith(".json"))) {
      it(`${file} is read as it was`, () => {
        const reply = adapter.decodeReply(chatCall({}), {}, readFileSync(join(path, file)));
        assert.ok(!(reply instanceof RouterError));
        const { choices } = JSON.parse(reply.body.toString()) as {
          readonly choices: readonly { readonly message: ChatCompletionMessage }[];
        };
        assert.ok(choices[0]);
        const expected = ofCompletion(choices[0].message);
        const message = anthropicCaller.writeReply(reply, messages.messagesCall({}), { deploymentId: "d", ids: testIds });
        const response = responsesCaller.writeReply(reply, responses.bridgedCall(), { deploymentId: "d", ids: testIds });
        assert.ok(Buffer.isBuffer(message) && Buffer.isBuffer(response));
        assert.deepEqual(ofMessage(JSON.parse(message.toString()) as Message), expected);
        assert.deepEqual(ofResponse(JSON.parse(response.toString()) as JsonMembers), expected);
      });
    }
  });
}
