import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { served, startProgram, type Program } from "../support/program.ts";

const bytes = 20_000_000;
let program: Program;
let origin = "";

before(async () => {
  program = startProgram(["serve", "--port", "0", "--threads", "1"]);
  origin = await served(program);
});

after(async () => {
  program.child.kill("SIGTERM");
  await program.exit;
});

const start = '{"model":"quickstart","messages":';
const unfinished: readonly { readonly name: string; readonly body: string }[] = [
  { name: "a text", body: `${start}[{"role":"user","content":"${"a".repeat(bytes)}` },
  { name: "lists in lists", body: start + "[".repeat(bytes) },
  { name: "a list", body: `${start}[${"{},".repeat(bytes / 3)}` },
];

for (const path of ["/v1/chat/completions", "/huntgroup.v1.ChatService/ChatCompletion"])
  for (const { name, body } of unfinished)
    test(`20 MB of JSON that does not end, ${name}, is a bad request at ${path}`, async () => {
      const reply = await fetch(origin + path, { method: "POST", headers: { "content-type": "application/json" }, body });
      const text = await reply.text();
      assert.equal(reply.status, 400, text.slice(0, 500));
      assert.doesNotMatch(text, /stack/);
      assert.ok(text.length < 1_000);
    });
