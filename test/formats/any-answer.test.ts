import fc from "fast-check";
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { RouterError } from "../../src/core/errors.ts";
import type { JsonMembers, JsonValue, ProviderAdapter } from "../../src/core/provider.ts";
import { parseExact } from "../../src/lib/json/parse-exact.ts";
import { asSent, connectTarget } from "../support/fakes/chat-target.ts";
import { chatTargets } from "../support/fakes/native-cases.ts";
import { propertyRuns } from "../support/property-runs.ts";
import type { AnswerPart, ScriptedAnswer } from "../support/fakes/scripted-answer.ts";
import type { ApiReply } from "../support/fakes/strict-host.ts";
import { gathered, whole } from "../support/fakes/tool-loop.ts";
import { chatCall, decoded, encoded } from "./kit/chat/support.ts";

/** Some that each provider takes, some that none or not all take as they are, and two that would be the same. */
const toolNames = ["plain", "get/weather", "get_weather", "9lives", "über", "a.b", "x".repeat(100)];
const tools = toolNames.map((name) => ({ type: "function", function: { name, parameters: { type: "object", properties: {} } } }));

/** A text that a provider takes back: not of space alone. */
const said = fc
  .tuple(fc.string({ unit: "grapheme", maxLength: 12 }), fc.constantFrom("word", "ß🙂", "two\nlines", "__thought__", 'a "b" \\ c'))
  .map(([some, word]) => some + word);
const value = fc.oneof(
  fc.jsonValue({ maxDepth: 2 }) as fc.Arbitrary<JsonValue>,
  fc.constantFrom("12345678901234567890", "-9007199254740993").map((number) => parseExact(number) as JsonValue),
);
const args = fc.dictionary(fc.constantFrom("city", "__proto__", "ü", "a b", "10"), value, { maxKeys: 3, noNullPrototype: true });
const call = fc.tuple(fc.nat(toolNames.length - 1), args, fc.boolean());

interface AnyAnswer {
  readonly thoughts: readonly (string | undefined)[];
  readonly text: string | undefined;
  readonly isTextSigned: boolean;
  readonly calls: readonly (readonly [name: number, args: JsonMembers, isSigned: boolean])[];
}

/** What a model may say: its thinking, some of which may not be seen (undefined), then a text, then calls of tools. */
const anyAnswer: fc.Arbitrary<AnyAnswer> = fc
  .record({
    thoughts: fc.array(fc.option(fc.oneof(said, fc.constant("")), { nil: undefined }), { maxLength: 3 }),
    text: fc.option(said, { nil: undefined }),
    isTextSigned: fc.boolean(),
    calls: fc.array(call, { maxLength: 3 }),
  })
  .filter(({ text, calls }) => text !== undefined || calls.length > 0);

/** @param names The tools' names as the provider knows them, in the order of {@link toolNames}. */
function scripted({ thoughts, text, isTextSigned, calls }: AnyAnswer, names: readonly string[], isGemini: boolean): ScriptedAnswer {
  const thinking = thoughts.map((thought, index): AnswerPart => {
    if (thought === undefined) return { kind: "redacted", data: base64(`hidden ${index}`) };
    return { kind: "thinking", text: thought, signature: base64(`thought ${index}`) };
  });
  // Google signs texts and calls, and shows thinking in one piece or in several.
  const shown = thoughts.join("");
  const ofGemini: readonly AnswerPart[] = shown === "" ? [] : [{ kind: "thinking", text: shown, signature: "" }];
  const signed = (proof: string, isSigned: boolean): object => (isGemini && isSigned ? { signature: proof } : {});
  return {
    kind: "answer",
    parts: [
      ...(isGemini ? ofGemini : thinking),
      ...(text === undefined ? [] : [{ kind: "text" as const, text, ...signed(base64("text"), isTextSigned) }]),
      ...calls.map(([name, input, isSigned], index) => ({
        kind: "call" as const,
        id: `toolu_01-${index}`,
        name: names[name] ?? "",
        args: input,
        // Of calls at once the first one is signed.
        ...signed(base64(`call ${index}`), isSigned || index === 0),
      })),
    ],
    usage: { fresh: 1, cacheRead: 0, cacheWritten: 0, output: 1, thinking: 0 },
  };
}

const base64 = (text: string): string => Buffer.from(text).toString("base64");

/** The names of the tools in a request, in whichever of the three formats. */
function namesIn({ tools: list, toolConfig }: JsonMembers): readonly string[] {
  type Named = { readonly name: string };
  type Tool = Named & { readonly functionDeclarations?: readonly Named[]; readonly toolSpec?: Named };
  const all = (list ?? (toolConfig as { tools: JsonValue }).tools) as unknown as readonly Tool[];
  return all.flatMap((tool) => tool.functionDeclarations ?? [tool.toolSpec ?? tool]).map(({ name }) => name);
}

type Block = Readonly<Record<string, JsonValue | undefined>>;

/** What the assistant said last in a request, in whichever of the three formats, as the script has it. */
function saidIn(json: JsonMembers): readonly object[] {
  const turns = (json["contents"] ?? json["messages"]) as readonly { role: string; parts?: Block[]; content?: Block[] }[];
  const turn = turns.findLast(({ role }) => role !== "user");
  return (turn?.parts ?? turn?.content ?? []).map(partOf);
}

function partOf(block: Block): object {
  const { type, text, thinking, signature, thought, thoughtSignature, functionCall, toolUse, reasoningContent } = block as Block & {
    functionCall?: Block;
    toolUse?: Block;
    reasoningContent?: { reasoningText?: Block; redactedContent?: string };
  };
  if (functionCall !== undefined) {
    const { id, name, args: input } = functionCall;
    return { kind: "call", id, name, args: input, signature: thoughtSignature };
  }
  if (toolUse !== undefined) return { kind: "call", id: toolUse["toolUseId"], name: toolUse["name"], args: toolUse["input"] };
  if (type === "tool_use") return { kind: "call", id: block["id"], name: block["name"], args: block["input"] };
  if (reasoningContent?.reasoningText !== undefined) return { kind: "thinking", ...reasoningContent.reasoningText };
  if (reasoningContent !== undefined) return { kind: "redacted", data: reasoningContent.redactedContent };
  if (type === "redacted_thinking") return { kind: "redacted", data: block["data"] };
  if (type === "thinking") return { kind: "thinking", text: thinking, signature };
  return thought === true ? { kind: "thinking", text, signature: "" } : { kind: "text", text, signature: thoughtSignature };
}

/** What a caller makes of the provider's answer, whole or streamed, as it goes back in the next turn. */
function heard(adapter: ProviderAdapter, chat: JsonMembers, { pieces, headers }: ApiReply): JsonMembers {
  const request = chatCall(chat);
  const bytes = pieces.map((piece) => Buffer.from(piece as Uint8Array));
  if (chat["stream"] !== true) {
    const reply = adapter.decodeReply(request, headers, Buffer.concat(bytes));
    if (reply instanceof RouterError) throw reply;
    return whole(JSON.parse(reply.body.toString()) as JsonMembers).message;
  }
  const chunks = decoded(adapter, request, bytes, headers).filter(({ kind }) => kind !== "done");
  return gathered(chunks.map(({ data }) => JSON.parse(data?.toString() ?? "") as JsonMembers)).message;
}

/** The chat as it goes on: what the model said, and what its calls came to. */
function nextTurn(chat: JsonMembers, message: JsonMembers): JsonMembers {
  const calls = (message["tool_calls"] ?? []) as readonly { readonly id: string }[];
  const answers = calls.map(({ id }) => ({ role: "tool", tool_call_id: id, content: "done" }));
  const next = answers.length === 0 ? [{ role: "user", content: "go on" }] : answers;
  return { ...chat, messages: [...(chat["messages"] as readonly JsonValue[]), message, ...next] };
}

const toJson = (part: object): string => JSON.stringify(part);

for (const target of chatTargets) {
  describe(`any answer of ${target.name}`, () => {
    for (const stream of [false, true])
      it(`goes back to it as it came${stream ? ", put together from a stream" : ""}`, async () => {
        const api = target.createApi();
        const { adapter, model } = connectTarget(target);
        const chat = { messages: [{ role: "user", content: "hi" }], tools, stream };
        const first = asSent(encoded(adapter, chatCall(chat), model));
        assert.equal((await api.refuse(first))?.pieces.join(""), undefined);
        const isGemini = first.json["contents"] !== undefined;
        const names = namesIn(first.json);
        await fc.assert(
          fc.asyncProperty(anyAnswer, async (some) => {
            const answer = scripted(some, names, isGemini);
            const message = heard(adapter, chat, api.reply(first, answer));
            const second = asSent(encoded(adapter, chatCall(nextTurn(chat, message)), model));
            assert.equal((await api.refuse(second))?.pieces.join(""), undefined);
            const sent = saidIn(parseExact(second.body.toString()) as JsonMembers);
            // Gemini's models of before have no ids of calls.
            const expected = answer.parts.map((part) => (target.name.endsWith("of before") ? { ...part, id: undefined } : part));
            // As texts, by which long numbers are compared as they are spelled.
            assert.deepEqual(sent.map(toJson), expected.map(toJson));
          }),
          propertyRuns(15),
        );
      });
  });
}
