import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { connect as connectHttp2 } from "node:http2";
import { connect } from "node:net";
import { after, before, describe, test } from "node:test";
import { eventually } from "../support/eventually.ts";
import { hostConfig, publicModel } from "../support/host-config.ts";
import { Parties } from "../support/parties.ts";
import type { RunningTestService } from "../support/start-service.ts";

const bodyBytes = 31 * 1024 * 1024;
const piece = Buffer.alloc(1024 * 1024, 0x20);
const key = "sk-hg-0123456789abcdef0123456789abcdef";

const digest = createHash("sha256").update(key).digest("hex");

/** One request whose body never ends. */
interface Unfinished {
  /** What came back so far. */
  readonly heard: () => string;
  /** Bytes of the body that left. */
  readonly sent: () => number;
  hangUp(): void;
}

type Begin = (port: number) => Unfinished;

/** Writes all of a body but its last byte, each piece when the one before has left, until the other side hangs up. */
function writeMost(write: (bytes: Buffer, done: () => void) => void): () => number {
  let sent = 0;
  const next = (): void => {
    const bytes = piece.subarray(0, Math.min(piece.length, bodyBytes - 1 - sent));
    if (bytes.length === 0) return;
    write(bytes, () => {
      sent += bytes.length;
      next();
    });
  };
  next();
  return () => sent;
}

function overHttp1(path: string, headers: string): Begin {
  return (port) => {
    const socket = connect(port, "127.0.0.1");
    let heard = "";
    socket.on("data", (bytes) => (heard += bytes.toString("latin1")));
    socket.on("error", () => {});
    socket.write(`POST ${path} HTTP/1.1\r\nhost: localhost\r\nauthorization: Bearer ${key}\r\n${headers}\r\n\r\n`);
    const sent = writeMost((bytes, done) => void socket.write(bytes, (error) => error ?? done()));
    return { heard: () => heard, sent, hangUp: () => void socket.destroy() };
  };
}

/** gRPC as the fast path takes it: one message whose end does not come. */
const overGrpc: Begin = (port) => {
  const session = connectHttp2(`http://127.0.0.1:${port}`);
  session.on("error", () => {});
  const stream = session.request({
    ":method": "POST",
    ":path": "/huntgroup.v1.ChatService/ChatCompletion",
    "content-type": "application/grpc",
    te: "trailers",
    authorization: `Bearer ${key}`,
  });
  let heard = "";
  const note = (headers: object): void => void (heard += JSON.stringify(headers));
  stream.on("response", note).on("trailers", note);
  stream.on("error", () => {});
  stream.resume();
  const prefix = Buffer.alloc(5);
  prefix.writeUInt32BE(bodyBytes, 1);
  stream.write(prefix);
  const sent = writeMost((bytes, done) => void stream.write(bytes, (error) => error ?? done()));
  return { heard: () => heard, sent, hangUp: () => session.destroy() };
};

const doors: readonly (readonly [name: string, begin: Begin, busy: RegExp, limited: RegExp])[] = [
  [
    "REST",
    overHttp1("/v1/chat/completions", `content-type: application/json\r\ncontent-length: ${bodyBytes}`),
    /^HTTP\/1\.1 503 [^]*retry-after: 1\r\n/i,
    /^HTTP\/1\.1 429 /,
  ],
  ["gRPC", overGrpc, /"grpc-status":"14"/, /"grpc-status":"8"/],
  [
    "Connect",
    overHttp1("/huntgroup.v1.ChatService/ChatCompletion", `content-type: application/json\r\ncontent-length: ${bodyBytes}`),
    /^HTTP\/1\.1 503 /,
    /^HTTP\/1\.1 429 /,
  ],
];

/** How many requests come at once. */
const many = 6;

function isSettled({ heard, sent }: Unfinished): boolean {
  return heard() !== "" || sent() === bodyBytes - 1;
}

function smallCall(port: number): Promise<Response> {
  return fetch(`http://127.0.0.1:${port}/v1/chat/completions`, {
    method: "POST",
    headers: { "content-type": "application/json", authorization: "Bearer sk-master" },
    body: JSON.stringify({ model: publicModel, messages: [] }),
  });
}

describe(`${many} bodies of 31 MB that never end`, () => {
  const parties = new Parties();
  const maxBufferedBytes = 80 * 1024 * 1024;
  let service: RunningTestService;

  before(async () => {
    const host = await parties.host();
    service = await parties.service(
      hostConfig(
        host,
        `general_settings:\n  master_key: sk-master\n  max_buffered_bytes: ${maxBufferedBytes}\nkeys:\n  - name: team\n    sha256: ${digest}\n`,
      ),
    );
  });
  after(() => parties.end());

  for (const [name, begin, busy] of doors) {
    test(`over ${name}: what is held stays within max_buffered_bytes, the others hear 503, and small calls go on`, async () => {
      const requests = Array.from({ length: many }, () => begin(service.port));
      let most = 0;
      await eventually(async () => {
        most = Math.max(most, service.router.bufferedBytes);
        assert.equal((await smallCall(service.port)).status, 200);
        assert.ok(requests.every(isSettled), "all are refused or have sent what they send");
      });
      assert.ok(most <= maxBufferedBytes, `${most} bytes`);
      const refused = requests.filter(({ heard }) => heard() !== "");
      assert.ok(refused.length >= many - 2, `${refused.length} refused`);
      for (const { heard } of refused) assert.match(heard(), busy);
      for (const request of requests) request.hangUp();
      await eventually(async () => assert.equal(await Promise.resolve(service.router.bufferedBytes), 0));
    });
  }
});

describe(`${many} bodies of 31 MB that never end, of a key with one call at once`, () => {
  const parties = new Parties();
  let service: RunningTestService;

  before(async () => {
    const host = await parties.host();
    service = await parties.service(
      hostConfig(
        host,
        `general_settings:\n  master_key: sk-master\nkeys:\n  - name: team\n    sha256: ${digest}\n    max_parallel_requests: 1\n`,
      ),
    );
  });
  after(() => parties.end());

  for (const [name, begin, , limited] of doors) {
    test(`over ${name}: one is read, the others hear at once that the key is at its limit`, async () => {
      const requests = Array.from({ length: many }, () => begin(service.port));
      await eventually(async () => {
        await Promise.resolve();
        assert.equal(requests.filter(({ heard }) => heard() !== "").length, many - 1);
        assert.equal(requests.filter(({ sent, heard }) => heard() === "" && sent() === bodyBytes - 1).length, 1);
      });
      for (const { heard } of requests) if (heard() !== "") assert.match(heard(), limited);
      assert.ok(service.router.bufferedBytes <= bodyBytes + 16_384, `${service.router.bufferedBytes} bytes`);
      for (const request of requests) request.hangUp();
      await eventually(async () => {
        await Promise.resolve();
        assert.equal(service.router.bufferedBytes, 0);
      });
    });
  }
});
