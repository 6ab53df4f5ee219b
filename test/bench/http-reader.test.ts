import assert from "node:assert/strict";
import { test } from "node:test";
import { HttpReader } from "../../bench/support/http-reader.ts";

interface Message {
  readonly head: string;
  readonly body: string;
}

function read(pieces: readonly string[]): readonly Message[] {
  const messages: Message[] = [];
  let head = "";
  let body = "";
  const reader = new HttpReader({
    onHead(text) {
      head = text;
      body = "";
    },
    onBody: (data) => (body += data.toString()),
    onEnd: () => messages.push({ head, body }),
  });
  for (const piece of pieces) reader.push(Buffer.from(piece));
  return messages;
}

const withLength = {
  text: "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello",
  head: "HTTP/1.1 200 OK\r\nContent-Length: 5",
  body: "hello",
};
const withChunks = {
  text: "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5;ext=f\r\nhello\r\n1A\r\nabcdefghijklmnopqrstuvwxyz\r\n0\r\nx-trailer: 1\r\n\r\n",
  head: "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked",
  body: "helloabcdefghijklmnopqrstuvwxyz",
};
const without = { text: "GET / HTTP/1.1\r\nhost: a\r\n\r\n", head: "GET / HTTP/1.1\r\nhost: a", body: "" };
const all = [withLength, withChunks, without, withChunks, withLength];
const expected = all.map(({ head, body }) => ({ head, body }));
const text = all.map(({ text }) => text).join("");

test("messages on one connection are told apart, by their length or their chunks", () => {
  assert.deepEqual(read([text]), expected);
});

test("messages may be cut anywhere", () => {
  assert.deepEqual(read(text.split("")), expected);
  for (let cut = 1; cut < text.length; cut++) assert.deepEqual(read([text.slice(0, cut), text.slice(cut)]), expected, `cut at ${cut}`);
});

test("a message that is not whole has no end", () => {
  assert.deepEqual(read([withChunks.text.slice(0, -1)]), []);
});
