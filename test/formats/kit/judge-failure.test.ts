import assert from "node:assert/strict";
import { test } from "node:test";
import { judgeFailure } from "../../../src/formats/kit/upstream-errors/judge-failure.ts";

/** Words that would take a deployment away, or send a call elsewhere, were they the provider's. */
const harmful = [
  "Your credit balance is too low",
  "You have reached your usage limits",
  "Incorrect API key provided",
  "This organization has been disabled",
  "The model `x` does not exist",
  "maximum context length",
  "violates our usage policies",
  "does not support tools",
];

function asked(text: string): string {
  return JSON.stringify({ model: "m", messages: [{ role: "user", content: text }] });
}

function judge(message: string, body: string): string {
  const call = { body: { bytes: Buffer.from(body), members: [] } };
  return judgeFailure({ status: 400, reasons: ["invalid_request_error"], message, isPage: false, retryAfterMs: undefined, call }).code;
}

test("words of a refusal count where the request does not hold them, and are the caller's where it does", () => {
  for (const words of harmful) {
    assert.notEqual(judge(words, asked("hello")), "invalid_request", words);
    assert.equal(judge(`Invalid value: ${words}`, asked(words)), "invalid_request", words);
    assert.equal(judge(`Invalid value: ${words.toUpperCase()}`, asked(words.toUpperCase())), "invalid_request", words);
    const hidden = asked(words).replaceAll(words, words.replaceAll(/[^]/g, asEscape));
    assert.equal(judge(`Invalid value: ${words}`, hidden), "invalid_request", `${words}, as escapes`);
    assert.notEqual(
      judge(words, asked("h\u00e9llo 你好").replaceAll("é", "\\u00e9")),
      "invalid_request",
      "escapes of other letters hide nothing",
    );
  }
});

test("a wait that a message names counts only where the request does not name it", () => {
  const failure = { status: 429, reasons: [], message: "try again in 24h", isPage: false, retryAfterMs: undefined };
  const named = { body: { bytes: Buffer.from('{"user":"try again in 24h"}'), members: [] } };
  assert.equal(judgeFailure({ ...failure, call: undefined }).retryAfterMs, 86_400_000);
  assert.equal(judgeFailure({ ...failure, call: named }).retryAfterMs, undefined);
});

function asEscape(letter: string): string {
  return `\\u${letter.charCodeAt(0).toString(16).padStart(4, "0")}`;
}
