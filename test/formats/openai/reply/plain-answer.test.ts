import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import OpenAI from "openai";
import { RouterError } from "../../../../src/core/errors.ts";
import { connect } from "../../../providers/support.ts";
import { sharedFolder, skippedWithout } from "../../../support/shared-folder.ts";
import { chatCall, decoded, told } from "../../kit/chat/support.ts";

const skip = skippedWithout("recordings/mistral");
const folder = join(sharedFolder, "recordings/mistral");
const files = skip === false ? readdirSync(folder) : [];
const { adapter } = connect({ address: "mistral/x" });

interface Part {
  readonly type: string;
  readonly text?: string;
  readonly thinking?: readonly { readonly text: string }[];
}

interface Message {
  readonly content?: string | readonly Part[] | null;
  readonly tool_calls?: readonly { readonly function: { readonly name: string; readonly arguments: string } }[] | null;
}

const textOf = ({ content }: Message): string =>
  typeof content === "string" ? content : (content ?? []).map(({ text = "" }) => text).join("");
const thoughtOf = ({ content }: Message): string =>
  typeof content === "string" ? "" : (content ?? []).flatMap(({ thinking = [] }) => thinking.map(({ text }) => text)).join("");
const callsOf = ({ tool_calls: calls }: Message): unknown[] => (calls ?? []).map(({ function: { name, arguments: args } }) => [name, args]);

/** What OpenAI's package makes of a reply with this body. */
async function readByPackage(body: string | Buffer, stream: boolean) {
  const client = new OpenAI({
    apiKey: "k",
    baseURL: "http://host.example/v1",
    maxRetries: 0,
    fetch: () => Promise.resolve(new Response(body, { headers: { "content-type": stream ? "text/event-stream" : "application/json" } })),
  });
  const request = { model: "m", messages: [{ role: "user" as const, content: "hi" }] };
  if (!stream) return client.chat.completions.create(request);
  return client.chat.completions.stream(request).finalChatCompletion();
}

describe("a recorded answer of Mistral, as OpenAI's package reads it", { skip }, () => {
  for (const file of files.filter((name) => name.endsWith(".json"))) {
    it(file, async () => {
      const body = readFileSync(join(folder, file));
      const { choices } = JSON.parse(body.toString()) as { choices: { message: Message; finish_reason: string }[] };
      const recorded = choices[0]?.message ?? {};
      const reply = adapter.decodeReply(chatCall({}), {}, body);
      assert.ok(!(reply instanceof RouterError));
      const { message, finish_reason: reason } = (await readByPackage(reply.body, false)).choices[0] ?? {};
      assert.equal(message?.content ?? "", textOf(recorded));
      assert.equal((message as { reasoning_content?: string } | undefined)?.reasoning_content ?? "", thoughtOf(recorded));
      assert.deepEqual(callsOf((message ?? {}) as Message), callsOf(recorded));
      for (const call of message?.tool_calls ?? []) assert.equal(call.type, "function");
      assert.equal(reason, choices[0]?.finish_reason);
    });
  }

  for (const file of files.filter((name) => name.endsWith(".chunks.txt"))) {
    it(file, async () => {
      const lines = readFileSync(join(folder, file), "utf8")
        .split("\n")
        .filter((line) => line !== "");
      const deltas = lines.map((line) => (JSON.parse(line) as { choices: { delta: Message }[] }).choices[0]?.delta ?? {});
      const bytes = Buffer.from([...lines, "[DONE]"].map((line) => `data: ${line}\n\n`).join(""));
      const events = decoded(adapter, chatCall({ stream: true }), [bytes], { "content-type": "text/event-stream" });
      const { message } = (await readByPackage(Buffer.concat(events.map((event) => event.bytes)), true)).choices[0] ?? {};
      assert.equal(message?.content ?? "", deltas.map(textOf).join(""));
      assert.deepEqual(callsOf((message ?? {}) as Message), deltas.flatMap(callsOf));
      const thoughts = events.map((event) => (told(event) as { reasoning_content?: string }).reasoning_content ?? "").join("");
      assert.equal(thoughts, deltas.map(thoughtOf).join(""));
    });
  }
});

const chunk = (call: object): string => `data: ${JSON.stringify({ choices: [{ index: 0, delta: { tool_calls: [call] } }] })}\n\n`;

it("numbers calls of tools that come one by one, or in pieces, by their ids", () => {
  const stream = [
    chunk({ id: "a", function: { name: "f", arguments: "" } }),
    chunk({ function: { arguments: "{}" } }),
    chunk({ id: "b", function: { name: "g", arguments: "{}" } }),
  ].join("");
  const events = decoded(adapter, chatCall({ stream: true }), [Buffer.from(stream)], { "content-type": "text/event-stream" });
  const indexes = events.map((event) => (told(event) as { tool_calls: { index: number }[] }).tool_calls[0]?.index);
  assert.deepEqual(indexes, [0, 0, 1]);
});
