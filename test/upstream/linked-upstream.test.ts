import assert from "node:assert/strict";
import { once } from "node:events";
import { createSecureServer } from "node:http2";
import { createServer } from "node:http";
import { connect, type AddressInfo } from "node:net";
import type { TLSSocket } from "node:tls";
import { after, test } from "node:test";
import type { UpstreamLink } from "../../src/core/upstream.ts";
import { systemClock } from "../../src/lib/clock.ts";
import { LinkedUpstream } from "../../src/upstream/linked-upstream.ts";
import { ProxyRules, type ProxySettings } from "../../src/upstream/proxy-rules.ts";
import { Authority } from "../support/certificates.ts";
import { Recorder } from "./support.ts";

const authority = new Authority();
const other = new Authority("Another Authority");
const host = authority.issue({ name: "localhost", dns: ["localhost"] });
const expired = authority.issue({ name: "localhost", dns: ["localhost"], notAfter: new Date("2021-01-01T00:00:00Z") });
const misnamed = authority.issue({ name: "elsewhere", dns: ["elsewhere.example"] });
const client = authority.issue({ name: "router" });

const usual: UpstreamLink = { key: "usual", http2: false, verify: true, ca: undefined, certificate: undefined };
const trusting: UpstreamLink = { ...usual, key: "ca", ca: authority.cert };
const unchecked: UpstreamLink = { ...usual, key: "unchecked", verify: false };

/** A provider that answers what it was asked by: the version of HTTP, and the name in the client's certificate. */
async function startProvider(certified: { cert: string; key: string }, asksForCertificate = false): Promise<string> {
  const server = createSecureServer(
    { ...certified, allowHTTP1: true, requestCert: asksForCertificate, ...(asksForCertificate ? { ca: [authority.cert] } : {}) },
    (request, response) => {
      request.resume();
      request.on("end", () => {
        const socket = request.stream?.session?.socket ?? request.socket;
        const name = (socket as TLSSocket).getPeerCertificate().subject?.CN ?? "nobody";
        response.end(`${request.httpVersion} ${String(name)}`);
      });
    },
  );
  server.on("error", () => {});
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  after(() => server.close());
  return `https://localhost:${(server.address() as AddressInfo).port}`;
}

const origins = {
  good: await startProvider(host),
  expired: await startProvider(expired),
  misnamed: await startProvider(misnamed),
  "asks for a certificate": await startProvider(host, true),
};

function linkedUpstream(proxies: ProxySettings): LinkedUpstream {
  const made = new LinkedUpstream({ rules: new ProxyRules(proxies), connectTimeoutMs: 5_000, keepAliveMs: 1_000, clock: systemClock });
  after(() => made.destroy());
  return made;
}

const upstream = linkedUpstream({ http: undefined, https: undefined, except: "" });

const ask = async (origin: string, link: UpstreamLink | undefined, by = upstream): Promise<Recorder> => {
  const recorder = new Recorder();
  by.send(
    { method: "POST", origin, path: "/v1", headers: { "content-type": "application/json" }, body: [Buffer.from("{}")] },
    recorder,
    link,
  );
  await recorder.settled();
  return recorder;
};

const withCertificate = { ...trusting, key: "certificate", certificate: client.cert + client.key };
const cases: readonly (readonly [to: keyof typeof origins, link: UpstreamLink | undefined, what: string, outcome: string])[] = [
  ["good", undefined, "the usual link", "UNABLE_TO_VERIFY_LEAF_SIGNATURE"],
  ["good", trusting, "its authority", "1.1 nobody"],
  ["good", { ...trusting, key: "other", ca: other.cert }, "another authority", "UNABLE_TO_VERIFY_LEAF_SIGNATURE"],
  ["good", unchecked, "no check", "1.1 nobody"],
  ["good", { ...trusting, key: "h2", http2: true }, "its authority and HTTP/2", "2.0 nobody"],
  ["good", { ...usual, key: "usual h2", http2: true }, "the usual authorities and HTTP/2", "UNABLE_TO_VERIFY_LEAF_SIGNATURE"],
  ["expired", trusting, "its authority", "CERT_HAS_EXPIRED"],
  ["expired", { ...trusting, key: "h2", http2: true }, "its authority and HTTP/2", "CERT_HAS_EXPIRED"],
  ["expired", unchecked, "no check", "1.1 nobody"],
  ["misnamed", trusting, "its authority", "ERR_TLS_CERT_ALTNAME_INVALID"],
  ["asks for a certificate", trusting, "none", "ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED"],
  ["asks for a certificate", withCertificate, "a certificate", "1.1 router"],
  ["asks for a certificate", { ...withCertificate, key: "certificate h2", http2: true }, "a certificate and HTTP/2", "2.0 router"],
];

for (const [to, link, what, outcome] of cases) {
  test(`a provider (${to}) asked with ${what}: ${outcome}`, async () => {
    const { status, text, failure } = await ask(origins[to], link);
    assert.equal(failure?.reason ?? text, outcome);
    if (failure === undefined) assert.equal(status, 200);
    else if (outcome.startsWith("CERT") || outcome.startsWith("UNABLE")) assert.equal(failure.kind, "connect");
  });
}

test("calls over HTTP/2 share connections, and one that is given up takes no other with it", async () => {
  const sessions = new Set<unknown>();
  const server = createSecureServer({ ...host }, (request, response) => {
    sessions.add(request.stream.session);
    request.resume();
    if (request.url === "/slow") {
      response.write("begun");
      return;
    }
    request.on("end", () => response.end("done"));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  after(() => server.close());
  const origin = `https://localhost:${(server.address() as AddressInfo).port}`;
  const link = { ...trusting, key: "h2", http2: true };
  const send = (path: string): Recorder => {
    const recorder = new Recorder();
    recorder.exchange = upstream.send({ method: "POST", origin, path, headers: {}, body: [Buffer.from("{}")] }, recorder, link);
    return recorder;
  };
  await send("/first").settled();
  const slow = Array.from({ length: 3 }, () => send("/slow"));
  await Promise.all(slow.map((one) => one.until(({ text }) => text === "begun")));
  const others = Array.from({ length: 10 }, () => send("/"));
  slow[0]?.exchange?.abort();
  await Promise.all(others.map((one) => one.settled()));
  assert.deepEqual(new Set(others.map(({ text }) => text)), new Set(["done"]));
  assert.equal(slow[1]?.failure, undefined);
  assert.equal(sessions.size, 1);
  for (const one of slow) one.exchange?.abort();
});

test("a reply over HTTP/2 waits while its reader takes no more", async () => {
  const server = createSecureServer({ ...host }, (request, response) => {
    request.resume();
    response.write("x".repeat(100_000));
    response.write("x".repeat(100_000));
    response.end("end");
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  after(() => server.close());
  const origin = `https://localhost:${(server.address() as AddressInfo).port}`;
  const recorder = new Recorder();
  recorder.wantsMore = false;
  const link = { ...trusting, key: "h2", http2: true };
  recorder.exchange = upstream.send({ method: "POST", origin, path: "/", headers: {}, body: [] }, recorder, link);
  await recorder.until(({ bytes }) => bytes > 0);
  const before = recorder.bytes;
  await ask(origins.good, trusting);
  assert.equal(recorder.bytes, before);
  recorder.wantsMore = true;
  recorder.exchange.resume();
  await recorder.settled();
  assert.equal(recorder.bytes, 200_003);
});

test("what a link says holds behind a proxy too", async () => {
  const distant = authority.issue({ name: "provider.invalid", dns: ["provider.invalid"] });
  const port = Number(new URL(await startProvider(distant, true)).port);
  const proxy = createServer();
  proxy.on("connect", (_request, socket, head) => {
    const through = connect(port, "127.0.0.1", () => {
      socket.write("HTTP/1.1 200 Connection established\r\n\r\n");
      through.write(head);
      socket.pipe(through).pipe(socket);
    });
    for (const one of [socket, through]) one.on("error", () => {});
  });
  proxy.listen(0, "127.0.0.1");
  await once(proxy, "listening");
  after(() => proxy.close());
  const https = `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`;
  const proxied = linkedUpstream({ http: undefined, https, except: "" });
  for (const [link, outcome] of [
    [{ ...withCertificate, key: "a" }, "1.1 router"],
    [{ ...withCertificate, key: "b", http2: true }, "2.0 router"],
    [{ ...usual, key: "c", certificate: client.cert + client.key }, "SELF_SIGNED_CERT_IN_CHAIN"],
  ] as const) {
    const { text, failure } = await ask("https://provider.invalid", link, proxied);
    assert.equal(failure?.reason ?? text, outcome);
  }
});
