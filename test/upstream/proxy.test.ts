import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:http";
import { type AddressInfo, connect } from "node:net";
import { after, test } from "node:test";
import { HttpUpstream } from "../../src/upstream/http-upstream.ts";
import { ProxiedUpstream } from "../../src/upstream/proxied-upstream.ts";
import { proxyPasswords, ProxyRules, readProxySettings } from "../../src/upstream/proxy-rules.ts";
import { Recorder } from "./support.ts";

const proxies = { HTTP_PROXY: "http://plain:1", HTTPS_PROXY: "http://secure:2" };
const cases: readonly (readonly [env: Readonly<Record<string, string>>, origin: string, proxy: string | undefined])[] = [
  [{}, "https://api.example.com", undefined],
  [proxies, "https://api.example.com", "http://secure:2"],
  [proxies, "http://api.example.com:8080", "http://plain:1"],
  [{ ...proxies, https_proxy: "http://small:3" }, "https://api.example.com", "http://small:3"],
  [{ ...proxies, https_proxy: "" }, "https://api.example.com", "http://secure:2"],
  [{ ALL_PROXY: "http://all:4" }, "http://api.example.com", "http://all:4"],
  ...["localhost", "127.0.0.1", "127.1.2.3", "[::1]", "a.localhost"].map((host) => [proxies, `http://${host}:8000`, undefined] as const),
  ...["example.com", ".example.com", "*.example.com", "EXAMPLE.com:443", "*", "x, api.example.com", "x api.example.com"].map(
    (except) => [{ ...proxies, NO_PROXY: except }, "https://api.example.com", undefined] as const,
  ),
  ...["ample.com", "example.com:8443", "api.example.com.evil", ""].map(
    (except) => [{ ...proxies, NO_PROXY: except }, "https://api.example.com", "http://secure:2"] as const,
  ),
  [{ ...proxies, NO_PROXY: "10.0.0.0/8, fd00::/8" }, "http://10.20.30.40:8000", undefined],
  [{ ...proxies, NO_PROXY: "10.0.0.0/8, fd00::/8" }, "http://[fd00::1]:8000", undefined],
  [{ ...proxies, NO_PROXY: "10.0.0.0/8" }, "http://11.0.0.1:8000", "http://plain:1"],
  [{ ...proxies, no_proxy: "192.168.1.7" }, "http://192.168.1.7", undefined],
];

for (const [env, origin, proxy] of cases) {
  test(`${origin} with ${JSON.stringify(env)} goes by ${proxy ?? "no proxy"}`, () => {
    assert.equal(new ProxyRules(readProxySettings(env)).proxyFor(origin), proxy);
  });
}

test("a proxy's password is a secret, as it is written and as it is meant", () => {
  assert.deepEqual(proxyPasswords(readProxySettings({ HTTPS_PROXY: "http://me:pass%20word@proxy:3128", HTTP_PROXY: "proxy:3128" })), [
    "pass%20word",
    "pass word",
  ]);
});

/** A proxy that leads everything to one server, and notes what it was asked. */
async function startProxy(target: number): Promise<{ address: string; asked: string[]; close(): void }> {
  const asked: string[] = [];
  const proxy = createServer((request, response) => {
    asked.push(`${request.method} ${request.url} ${request.headers["proxy-authorization"] ?? ""}`.trim());
    request.resume();
    response.end("by the proxy");
  });
  proxy.on("connect", (request, socket, head) => {
    asked.push(`CONNECT ${request.url} ${request.headers["proxy-authorization"] ?? ""}`.trim());
    const through = connect(target, "127.0.0.1", () => {
      socket.write("HTTP/1.1 200 Connection established\r\n\r\n");
      through.write(head);
      socket.pipe(through).pipe(socket);
    });
    for (const one of [socket, through]) one.on("error", () => {});
  });
  proxy.listen(0, "127.0.0.1");
  await once(proxy, "listening");
  return { address: `127.0.0.1:${(proxy.address() as AddressInfo).port}`, asked, close: () => void proxy.close() };
}

const server = createServer((request, response) => {
  request.resume();
  response.end("directly");
});
server.listen(0, "127.0.0.1");
await once(server, "listening");
const port = (server.address() as AddressInfo).port;
after(() => server.close());

test("a provider's requests go by the proxy with its credentials, those to loopback directly", async (t) => {
  const proxy = await startProxy(port);
  t.after(() => proxy.close());
  const rules = new ProxyRules(readProxySettings({ HTTP_PROXY: `http://me:word@${proxy.address}` }));
  const upstream = new ProxiedUpstream(new HttpUpstream(), rules, 5_000);
  t.after(() => upstream.destroy());
  const ask = (origin: string): Recorder =>
    Recorder.send(upstream, {
      method: "POST",
      origin,
      path: "/v1",
      headers: { "content-type": "application/json" },
      body: [Buffer.from("{}")],
    });
  const proxied = ask("http://provider.invalid:8000");
  await proxied.settled();
  assert.equal(proxied.text, "by the proxy");
  const direct = ask(`http://127.0.0.1:${port}`);
  await direct.settled();
  assert.equal(direct.text, "directly");
  assert.deepEqual(proxy.asked, [`POST http://provider.invalid:8000/v1 Basic ${Buffer.from("me:word").toString("base64")}`]);
});

test("a provider over TLS is reached through a tunnel", async (t) => {
  const proxy = await startProxy(port);
  t.after(() => proxy.close());
  const rules = new ProxyRules(readProxySettings({ HTTPS_PROXY: proxy.address }));
  const upstream = new ProxiedUpstream(new HttpUpstream(), rules, 5_000);
  t.after(() => upstream.destroy());
  const recorder = Recorder.send(upstream, { method: "POST", origin: "https://provider.invalid", path: "/v1", headers: {}, body: [] });
  await recorder.settled();
  // What is behind the tunnel speaks no TLS.
  assert.notEqual(recorder.failure, undefined);
  assert.deepEqual(proxy.asked, ["CONNECT provider.invalid:443"]);
});

for (const address of ["http://127.0.0.1:1", "socks5://127.0.0.1:1"]) {
  test(`a proxy that cannot be had (${address}) fails the attempt, and nothing goes around it`, async (t) => {
    const upstream = new ProxiedUpstream(new HttpUpstream(), new ProxyRules(readProxySettings({ ALL_PROXY: address })), 5_000);
    t.after(() => upstream.destroy());
    const recorder = Recorder.send(upstream, { method: "POST", origin: "http://provider.invalid", path: "/v1", headers: {}, body: [] });
    await recorder.settled();
    assert.equal(recorder.failure?.kind, "connect");
  });
}
