import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { hostConfig, publicModel } from "../support/host-config.ts";
import { ask, type HttpVersion } from "../support/http-client.ts";
import type { OpenAiHost } from "../support/openai-host.ts";
import { Parties } from "../support/parties.ts";
import type { RunningTestService } from "../support/start-service.ts";

const chat = "/v1/chat/completions";
const admin = "/huntgroup.v1.AdminService/ListDeployments";
const masterKey = "sk-master-0123456789";
const general = "general_settings:\n  allowed_hosts: [Gateway.lan]\n  cors_allow_origins: [https://app.example.com]\n";

interface Row {
  readonly host: string;
  readonly origin?: string;
  /** Where nothing has a key: whether models may be called, and whether the server may be operated. */
  readonly open: readonly [boolean, boolean];
  /** The same with a master key, which the page shows. */
  readonly keyed: readonly [boolean, boolean];
}

/** PORT stands for the server's. */
const rows: readonly Row[] = [
  { host: "localhost:PORT", open: [true, true], keyed: [true, true] },
  { host: "127.0.0.1:PORT", open: [true, true], keyed: [true, true] },
  { host: "0.0.0.0:PORT", open: [true, true], keyed: [true, true] },
  { host: "[::1]:PORT", open: [true, true], keyed: [true, true] },
  { host: "gateway.lan", open: [true, true], keyed: [true, true] },
  { host: "evil.example:PORT", open: [false, false], keyed: [true, true] },
  { host: "localhost.evil.example", open: [false, false], keyed: [true, true] },
  { host: "127.0.0.1.evil.example:PORT", open: [false, false], keyed: [true, true] },
  { host: "evil.example:PORT", origin: "http://evil.example:PORT", open: [false, false], keyed: [true, true] },
  { host: "localhost:PORT", origin: "http://localhost:PORT", open: [true, true], keyed: [true, true] },
  { host: "localhost:PORT", origin: "https://evil.example", open: [false, false], keyed: [true, false] },
  { host: "localhost:PORT", origin: "http://localhost:1", open: [false, false], keyed: [true, false] },
  { host: "localhost:PORT", origin: "null", open: [false, false], keyed: [true, false] },
  { host: "localhost:PORT", origin: "https://app.example.com", open: [true, true], keyed: [true, true] },
];

async function isServed(
  service: RunningTestService,
  version: HttpVersion,
  path: string,
  row: Pick<Row, "host" | "origin">,
): Promise<boolean> {
  const { port } = service;
  const named = (text: string): string => text.replace("PORT", String(port));
  const { status, text } = await ask(port, version, {
    method: "POST",
    path,
    headers: {
      "content-type": "application/json",
      authorization: `Bearer ${masterKey}`,
      [version === "http1" ? "host" : ":authority"]: named(row.host),
      ...(row.origin === undefined ? {} : { origin: named(row.origin) }),
    },
    body: path === chat ? JSON.stringify({ model: publicModel, messages: [] }) : "{}",
  });
  if (status === 403) assert.ok(Buffer.byteLength(text) < 400 && !text.includes("evil"), text);
  assert.ok(status === 200 || status === 403, `${status} ${text}`);
  return status === 200;
}

describe("a page on the internet", () => {
  const parties = new Parties();
  let host: OpenAiHost;
  let open: RunningTestService;
  let keyed: RunningTestService;
  let anyPage: RunningTestService;

  before(async () => {
    host = await parties.host();
    open = await parties.service(hostConfig(host, general));
    keyed = await parties.service(hostConfig(host, `${general}  master_key: ${masterKey}\n`));
    anyPage = await parties.service(hostConfig(host, 'general_settings:\n  cors_allow_origins: ["*"]\n'));
  });
  after(() => parties.end());

  for (const version of ["http1", "http2"] as const) {
    for (const row of rows) {
      test(`${version}: host ${row.host}, ${row.origin === undefined ? "no origin" : `origin ${row.origin}`}`, async () => {
        const hits = host.hits.length;
        assert.deepEqual([await isServed(open, version, chat, row), await isServed(open, version, admin, row)], row.open);
        assert.equal(host.hits.length - hits, row.open[0] ? 1 : 0);
        assert.deepEqual([await isServed(keyed, version, chat, row), await isServed(keyed, version, admin, row)], row.keyed);
      });
    }

    test(`${version}: an asterisk lets all pages call, and none operate`, async () => {
      const row = { host: "localhost:PORT", origin: "https://any.example" };
      assert.deepEqual([await isServed(anyPage, version, chat, row), await isServed(anyPage, version, admin, row)], [true, false]);
    });
  }
});
