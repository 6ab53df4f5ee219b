import assert from "node:assert/strict";
import { IncomingMessage, ServerResponse } from "node:http";
import { Socket } from "node:net";
import { describe, it } from "node:test";
import { systemClock } from "../../src/lib/clock.ts";
import { http1Response } from "../../src/server/unread-body.ts";

type Headers = Readonly<Record<string, string | number | readonly string[]>>;

const json = { "content-type": "application/json", "content-length": 12 };

const heads: readonly {
  readonly name: string;
  readonly status?: number;
  readonly headers: Headers;
  readonly request?: object;
  readonly response?: object;
}[] = [
  { name: "an answer with a length", headers: json },
  { name: "a stream", headers: { "content-type": "text/event-stream" } },
  { name: "a refusal", status: 429, headers: { ...json, "retry-after": 3 } },
  { name: "no header at all", headers: {} },
  { name: "a value that is empty", headers: { ...json, "x-empty": "" } },
  { name: "a value with bytes beyond ASCII", headers: { ...json, "x-name": "é" } },
  { name: "several values", headers: { ...json, "set-cookie": ["a=1", "b=2"] } },
  { name: "names with capitals", headers: { "Content-Length": 3, "X-A": "b" } },
  { name: "a connection that is to close", headers: { ...json, connection: "close" } },
  { name: "a date of its own", headers: { ...json, date: "Thu, 01 Jan 1970 00:00:00 GMT" } },
  { name: "its own framing", headers: { "transfer-encoding": "chunked" } },
  { name: "no body", status: 204, headers: {} },
  { name: "a body that is not sent", headers: json, request: { method: "HEAD" } },
  { name: "a client of HTTP/1.0", headers: json, request: { httpVersionMinor: 0 } },
  { name: "a connection that is not kept", headers: json, response: { shouldKeepAlive: false } },
  { name: "the last request of its connection", headers: json, response: { maxRequestsOnConnectionReached: true } },
  { name: "a connection with a number of requests", headers: json, response: { _keepAliveTimeout: 5_000, _maxRequestsPerSocket: 9 } },
  { name: "a connection that is kept for a while", headers: json, response: { _keepAliveTimeout: 5_000 } },
  { name: "no date", headers: json, response: { sendDate: false } },
];

function requestOf(given: object): IncomingMessage {
  return Object.assign(
    new IncomingMessage(new Socket()),
    { method: "POST", httpVersionMajor: 1, httpVersionMinor: 1, complete: true },
    given,
  );
}

function headOf(response: ServerResponse<IncomingMessage>): string {
  const { _header: head } = response as typeof response & { readonly _header: string };
  return head;
}

function written(
  Response: typeof ServerResponse<IncomingMessage>,
  { status = 200, headers, request = {}, response = {} }: (typeof heads)[number],
): object {
  const made = Object.assign(new Response(requestOf(request)), response);
  made.writeHead(status, headers as Record<string, string>);
  const { chunkedEncoding, _last: isLast } = made as typeof made & { readonly _last: boolean };
  // Both may be made within different seconds.
  const [first, ...lines] = headOf(made)
    .replace(/^Date: \w{3}, \d\d \w{3} \d{4} \d\d:\d\d:\d\d GMT\r\n/m, "Date: now\r\n")
    .split("\r\n");
  return { first, lines: lines.toSorted(), chunkedEncoding, isLast };
}

describe("the head of a response over HTTP/1.1", () => {
  const Response = http1Response(systemClock);

  for (const head of heads) {
    it(`is the platform's, for ${head.name}`, () => {
      assert.deepEqual(written(Response, head), written(ServerResponse, head));
      assert.deepEqual(written(Response, head), written(ServerResponse, head));
    });
  }

  it("has each answer's own values, however alike the answers are", () => {
    for (const id of ["a", "b", "a", "a", ""]) {
      const head = { name: "", headers: { ...json, "x-request-id": id, "content-length": id.length } };
      assert.deepEqual(written(Response, head), written(ServerResponse, head));
    }
  });

  const faulty: readonly Record<string, string | undefined>[] = [
    { "x-a": "b\r\nset-cookie: c" },
    { "x-a": "b\nc" },
    { "x-a": "\u0000" },
    { "x-a": "語" },
    { "x-a": undefined },
    { "x\r\na": "b" },
    { "": "b" },
    { "x a": "b" },
  ];
  for (const headers of faulty) {
    it(`is refused as the platform refuses it: ${JSON.stringify(headers)}`, () => {
      const made = new Response(requestOf({}));
      made.writeHead(200, { "x-a": "good" });
      for (const Each of [Response, ServerResponse])
        assert.throws(() => new Each(requestOf({})).writeHead(200, headers as Record<string, string>), /ERR_/);
    });
  }

  it("tells the second in which it is written", () => {
    let now = 1_700_000_000_000;
    const Made = http1Response({ ...systemClock, wallTime: () => now });
    const date = (): string | undefined => {
      const response = new Made(requestOf({}));
      response.writeHead(200, {});
      return /^Date: (.*)\r$/m.exec(headOf(response))?.[1];
    };
    assert.equal(date(), "Tue, 14 Nov 2023 22:13:20 GMT");
    now += 999;
    assert.equal(date(), "Tue, 14 Nov 2023 22:13:20 GMT");
    now += 1;
    assert.equal(date(), "Tue, 14 Nov 2023 22:13:21 GMT");
  });
});
