import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { RouterError } from "../../../../src/core/errors.ts";
import { sharedFolder, skippedWithout } from "../../../support/shared-folder.ts";
import { decoded } from "../../kit/chat/support.ts";
import { eventFrame } from "../../kit/event-stream/frames.ts";
import { messagesAdapter, messagesCall, passedOn } from "./support.ts";

/** Real replies of Anthropic: for callers of Messages they come out byte for byte, but for the model's name. */
const skip = skippedWithout("recordings/anthropic");
const folder = join(sharedFolder, "recordings/anthropic");
const files = skip === false ? readdirSync(folder) : [];
const adapter = messagesAdapter();
const framing = messagesAdapter({ framesEvents: true, bodyVersion: "bedrock-2023-05-31", betas: "bedrock-invoke" });
const unary = messagesCall('{"model":"m"}');
const streamed = messagesCall('{"model":"m"}', { stream: true });

const read = (file: string): string => readFileSync(join(folder, file), "utf8");

/** The first `model` is the message's own: recordings have it before what the model says. */
const named = (text: string): string => text.replace(/"model":\s*"[^"]*"/, (found) => found.replace(/"[^"]*"$/, '"m"'));

describe("a recorded message, passed natively", { skip }, () => {
  for (const file of files.filter((name) => name.endsWith(".json"))) {
    it(file, () => {
      const reply = adapter.decodeReply(unary, {}, Buffer.from(read(file)));
      assert.ok(!(reply instanceof RouterError));
      assert.equal(reply.body.toString(), named(read(file)));
      assert.ok((reply.usage?.promptTokens ?? 0) > 0);
    });
  }
});

describe("a recorded stream, passed natively", { skip }, () => {
  for (const [file, lines] of files.filter((name) => name.endsWith(".chunks.txt")).flatMap(answersOf)) {
    it(file, () => {
      const types = lines.map((line) => (JSON.parse(line) as { type: string }).type);
      const events = lines.map((line, index) => `event: ${types[index] ?? ""}\ndata: ${line}\n\n`);
      const bytes = Buffer.from(events.join(""));
      // Recordings of two beginnings have both named.
      const expected = events.map((event, index) => (types[index] === "message_start" ? named(event) : event)).join("");
      const whole = decoded(adapter, streamed, [bytes]);
      assert.equal(passedOn(whole), expected);
      assert.equal(whole.at(-1)?.kind, "done");
      assert.equal(whole.filter(({ kind }) => kind === "finish").length, types.filter((type) => type === "message_delta").length);
      const usage = whole.findLast((event) => event.usage !== undefined)?.usage;
      assert.deepEqual([usage?.promptTokens, usage?.outputTokens], spent(lines));
      const pieces = Array.from({ length: Math.ceil(bytes.length / 11) }, (_, at) => bytes.subarray(at * 11, at * 11 + 11));
      assert.equal(passedOn(decoded(adapter, streamed, pieces)), expected);
      const frames = lines.map((line) => eventFrame("chunk", { bytes: Buffer.from(line).toString("base64"), p: "ab" }));
      assert.equal(passedOn(decoded(framing, streamed, frames)), expected);
    });
  }
});

/** What a stream tells of its usage: the later counts lie over the earlier. */
function spent(lines: readonly string[]): readonly number[] {
  const counts = lines
    .map((line) => JSON.parse(line) as { usage?: object; message?: { usage?: object } })
    .map(({ usage, message }) => usage ?? message?.usage ?? {});
  const all = Object.assign({}, ...counts) as Record<string, number>;
  const input = (all["input_tokens"] ?? 0) + (all["cache_read_input_tokens"] ?? 0) + (all["cache_creation_input_tokens"] ?? 0);
  return [input, all["output_tokens"] ?? 0];
}

/** The answers of a file, which may hold those of several turns. */
function answersOf(file: string): [string, string[]][] {
  const answers = read(file).split(/(?<=^\{"type":"message_stop".*)\n/m);
  const lines = answers.map((text) => text.split("\n").filter((line) => line !== "")).filter(({ length }) => length > 0);
  return lines.map((answer, index) => [index === 0 ? file : `${file}, answer ${index + 1}`, answer]);
}
