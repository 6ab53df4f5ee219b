import { build } from "esbuild";
import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { after, afterEach, before, describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import type { Page } from "playwright-core";
import { launchChromium, withChromium } from "../support/chromium.ts";
import { hostConfig, publicModel } from "../support/host-config.ts";
import type { OpenAiHost } from "../support/openai-host.ts";
import { chatEvents, hostWords } from "../support/openai-replies.ts";
import { Parties } from "../support/parties.ts";
import type { RunningTestService } from "../support/start-service.ts";
import { within } from "../support/within.ts";

const protocols = ["connect", "connect-json", "grpc-web"];

describe("a web page in a real browser", withChromium, () => {
  const parties = new Parties();
  let host: OpenAiHost;
  /** Allows the page's origin. */
  let service: RunningTestService;
  /** Allows none, which is the default. */
  let closedService: RunningTestService;
  let page: Page;

  before(async () => {
    host = await parties.host();
    const pages = parties.add(await servePage(), (party) => void party.close());
    const pageOrigin = `http://127.0.0.1:${(pages.address() as AddressInfo).port}`;
    service = await parties.service(hostConfig(host, `general_settings:\n  cors_allow_origins: ["${pageOrigin}"]\n`));
    closedService = await parties.service(hostConfig(host));
    const browser = parties.add(await launchChromium(), (party) => party.close());
    page = await browser.newPage();
    await page.goto(pageOrigin);
  });
  afterEach(() => {
    assert.equal(service.router.inFlight, 0);
    host.reset();
  });
  after(() => parties.end());

  /** Calls one of the page's functions, in the page. */
  function inPage(name: string, ...args: readonly string[]): Promise<unknown> {
    return page.evaluate(`huntgroup.${name}(${args.map((arg) => JSON.stringify(arg)).join(", ")})`);
  }

  for (const protocol of protocols) {
    test(`chats by ${protocol}, and reads which deployment answered`, async () => {
      const reply = await inPage("chat", service.origin, protocol, publicModel);
      assert.deepEqual(reply, { text: hostWords.join(""), model: publicModel, deployment: "the-one" });
    });

    test(`streams by ${protocol}`, async () => {
      assert.deepEqual(await inPage("stream", service.origin, protocol, publicModel), hostWords);
    });

    test(`lists the deployments by ${protocol}`, async () => {
      const list = await inPage("list", service.origin, protocol);
      assert.deepEqual(list, [{ id: "the-one", group: publicModel, eligible: true }]);
    });

    test(`frees the provider when it gives a stream up by ${protocol}`, async () => {
      host.always({ kind: "stream", pieces: chatEvents(hostWords).slice(0, 3), end: "hang" });
      assert.equal(await inPage("abandon", service.origin, protocol, publicModel), "abandoned");
      await within(host.lastHit.hungUp, "the host's client hung up");
    });
  }

  test("streams by REST", async () => {
    const { text, type, deployment } = (await inPage("restStream", service.origin, publicModel)) as Record<string, string>;
    assert.equal(
      text,
      chatEvents(hostWords)
        .join("")
        .replaceAll(/"model":"[^"]+"/g, `"model":"${publicModel}"`),
    );
    assert.match(type ?? "", /^text\/event-stream/);
    assert.equal(deployment, "the-one");
  });

  test("is refused over every inbound protocol of a server that does not allow its origin, and no provider hears of it", async () => {
    for (const protocol of protocols) {
      await assert.rejects(inPage("chat", closedService.origin, protocol, publicModel), /Failed to fetch/);
      await assert.rejects(inPage("stream", closedService.origin, protocol, publicModel), /Failed to fetch/);
      await assert.rejects(inPage("list", closedService.origin, protocol), /Failed to fetch/);
    }
    await assert.rejects(inPage("restStream", closedService.origin, publicModel), /Failed to fetch/);
    assert.equal(host.hits.length, 0);
  });

  test("cannot spend a provider's money there unseen either, by a request that browsers send unasked", async () => {
    assert.equal(await inPage("postUnasked", closedService.origin, publicModel), "opaque");
    assert.equal(host.hits.length, 0);
  });
});

/** The page on an origin of its own, its script bundled as a real page's would be. */
async function servePage(): Promise<Server> {
  const bundle = await build({
    entryPoints: [fileURLToPath(new URL("../browser/page.ts", import.meta.url))],
    bundle: true,
    write: false,
    format: "iife",
    platform: "browser",
  });
  const script = bundle.outputFiles[0]?.text ?? "";
  const server = createServer((request, response) => {
    const isScript = request.url === "/page.js";
    response.writeHead(200, { "content-type": isScript ? "text/javascript" : "text/html" });
    response.end(isScript ? script : '<!doctype html><title>Huntgroup</title><script src="/page.js"></script>');
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return server;
}
