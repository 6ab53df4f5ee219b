import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { RouterError } from "../../../src/core/errors.ts";
import type { JsonMembers } from "../../../src/core/provider.ts";
import { anthropic } from "../../../src/formats/anthropic/index.ts";
import { sharedFolder, skippedWithout } from "../../support/shared-folder.ts";
import { readByClient } from "../kit/chat/read-by-client.ts";
import { chatCall, decoded, testHost, testRules } from "../kit/chat/support.ts";

/** Real replies of Anthropic, whole and streamed: what they hold must come out as OpenAI's, and nothing else. */
const skip = skippedWithout("recordings/anthropic");
const folder = join(sharedFolder, "recordings/anthropic");
const files = skip === false ? readdirSync(folder) : [];

const adapter = anthropic.connect(testHost(), {
  rules: testRules(),
  takesPrefill: false,
  host: { takesUrls: true },
  model: undefined,
});

interface Block {
  readonly type: string;
  readonly text?: string;
  readonly thinking?: string;
  readonly name?: string;
  readonly input?: unknown;
}

interface Message {
  readonly role: string;
  readonly content: string | null;
  readonly reasoning_content?: string;
  readonly tool_calls?: readonly { readonly function: { readonly name: string; readonly arguments: string } }[];
}

const read = (file: string): string => readFileSync(`${folder}/${file}`, "utf8");
const textOf = (blocks: readonly Block[]): string => blocks.map(({ type, text }) => (type === "text" ? (text ?? "") : "")).join("");
const callsOf = (blocks: readonly Block[]): unknown[] =>
  blocks.filter(({ type }) => type === "tool_use").map(({ name, input }) => ({ name, input }));
const spent = ({
  input_tokens: input,
  output_tokens: output,
  cache_read_input_tokens: read,
  cache_creation_input_tokens: written,
}: Record<string, number>) => [(input ?? 0) + (read ?? 0) + (written ?? 0), output];

describe("a recorded message", { skip }, () => {
  for (const file of files.filter((name) => name.endsWith(".json"))) {
    it(file, () => {
      const body = read(file);
      const message = JSON.parse(body) as { content: Block[]; usage: Record<string, number>; stop_reason: string };
      const reply = adapter.decodeReply(chatCall({}), {}, Buffer.from(body));
      assert.ok(!(reply instanceof RouterError));
      const { choices, usage } = JSON.parse(reply.body.toString()) as {
        choices: { message: Message; finish_reason: string }[];
        usage: Record<string, number>;
      };
      const told = choices[0]?.message;
      assert.equal(told?.content ?? "", textOf(message.content));
      assert.deepEqual(
        (told?.tool_calls ?? []).map(({ function: { name, arguments: args } }) => ({ name, input: JSON.parse(args) as unknown })),
        callsOf(message.content),
      );
      assert.deepEqual([usage["prompt_tokens"], usage["completion_tokens"]], spent(message.usage));
      assert.equal(choices[0]?.finish_reason, expectedEnd(message.stop_reason));
    });
  }
});

describe("a recorded stream", { skip }, () => {
  for (const [name, lines] of files.filter((file) => file.endsWith(".chunks.txt")).flatMap(answersOf)) {
    it(name, async () => {
      const events = lines.map((line) => JSON.parse(line) as JsonMembers & { type: string });
      const bytes = Buffer.from(lines.map((line, index) => `event: ${events[index]?.type}\ndata: ${line}\n\n`).join(""));
      const call = chatCall({ stream: true, stream_options: { include_usage: true } });
      const chunks = decoded(adapter, call, [bytes]);
      const pieces = Array.from({ length: Math.ceil(bytes.length / 11) }, (_, at) => bytes.subarray(at * 11, at * 11 + 11));
      assert.deepEqual(decoded(adapter, call, pieces), chunks);
      assert.equal(chunks.filter(({ kind }) => kind === "error").length, events.filter(({ type }) => type === "error").length);
      const first = (events[0]?.["message"] as unknown as { content: Block[]; stop_reason: string | null } | undefined) ?? {
        content: [],
        stop_reason: null,
      };
      const started = [...first.content.map((block) => ({ content_block: block }) as unknown as JsonMembers), ...events].filter(
        (event) => (event["content_block"] as Block | undefined)?.type === "tool_use",
      );
      assert.equal(chunks.filter(({ data }) => data?.includes('"type":"function"')).length, started.length);
      assert.equal(chunks.at(-1)?.kind, "done");
      const { choices, usage } = await readByClient(chunks);
      const [choice] = choices;
      assert.equal(choice?.message.content ?? "", events.map((event) => textDelta(event)).join(""));
      assert.deepEqual(
        (choice?.message.tool_calls ?? []).map((one) => (one.type === "function" ? (JSON.parse(one.function.arguments) as unknown) : one)),
        started.map((event) => inputOf(events, event)),
      );
      const end = events.findLast(({ type }) => type === "message_delta")?.["delta"] as { stop_reason: string } | undefined;
      assert.equal(choice?.finish_reason, expectedEnd(end?.stop_reason ?? first.stop_reason ?? ""));
      const counts = events.map((event) => event["usage"] ?? (event["message"] as JsonMembers | undefined)?.["usage"]);
      assert.deepEqual([usage?.prompt_tokens, usage?.completion_tokens], spent(Object.assign({}, ...counts) as Record<string, number>));
    });
  }
});

/** The answers of a file, which may hold those of several turns. */
function answersOf(file: string): [string, string[]][] {
  const answers = read(file).split(/(?<=^\{"type":"message_stop".*)\n/m);
  const lines = answers.map((text) => text.split("\n").filter((line) => line !== "")).filter(({ length }) => length > 0);
  return lines.map((answer, index) => [index === 0 ? file : `${file}, answer ${index + 1}`, answer]);
}

/** The input of the tool that begins here, which comes at once or in pieces. */
function inputOf(events: readonly JsonMembers[], begun: JsonMembers): unknown {
  const more = events.map(({ index, delta }) =>
    begun["index"] !== undefined && index === begun["index"] ? (delta as { partial_json?: string } | undefined)?.partial_json : "",
  );
  const pieces = more.join("");
  return pieces === "" ? (begun["content_block"] as unknown as Block).input : (JSON.parse(pieces) as unknown);
}

function expectedEnd(reason: string): string {
  if (reason === "max_tokens" || reason === "pause_turn" || reason === "model_context_window_exceeded") return "length";
  if (reason === "tool_use") return "tool_calls";
  return reason === "refusal" ? "content_filter" : "stop";
}

function textDelta(event: JsonMembers): string {
  const delta = event["delta"] as { type?: string; text?: string } | undefined;
  const begun = event["content_block"] as Block | undefined;
  if (begun?.type === "text") return begun.text ?? "";
  return delta?.type === "text_delta" ? (delta.text ?? "") : "";
}
