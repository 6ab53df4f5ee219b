import { createClient, type Client } from "@connectrpc/connect";
import { createConnectTransport } from "@connectrpc/connect-node";
import assert from "node:assert/strict";
import { after, afterEach, before, describe, test } from "node:test";
import type { Browser, Locator, Page } from "playwright-core";
import { AdminService, DeploymentState } from "../../gen/huntgroup/v1/admin_pb.ts";
import { sha256 } from "../../src/lib/secret.ts";
import { buildConsole } from "../support/build-console.ts";
import { launchChromium, withChromium } from "../support/chromium.ts";
import { startConsoleDemo } from "../support/console-demo.ts";
import type { DemoDeployment } from "../support/console-demo-stage.ts";
import { eventually } from "../support/eventually.ts";
import { Parties } from "../support/parties.ts";
import { WatchedPage } from "../support/watched-page.ts";

const masterKey = "sk-the-master-key-of-this-test";
const clientKey = "sk-a-client-key-of-this-test";

/** Two that share a group's traffic, one alone in its own. */
const plans: readonly DemoDeployment[] = [
  { id: "east", group: "gpt-4o", address: "mock/east", weight: 50, firstTokenMs: 20, msPerToken: 1, failing: 0 },
  { id: "west", group: "gpt-4o", address: "mock/west", weight: 50, firstTokenMs: 20, msPerToken: 1, failing: 0 },
  { id: "only", group: "small", address: "mock/only", weight: 1, firstTokenMs: 20, msPerToken: 1, failing: 0 },
];

/** The same, for the router itself. The providers are the built-in mock ones. */
const configuration = `
model_list:${plans
  .map(
    ({ id, group, address, weight, firstTokenMs, msPerToken }) =>
      `
  - model_name: ${group}
    litellm_params: {model: ${address}, weight: ${weight}, mock: {first_token_ms: ${firstTokenMs}, tokens_per_second: ${1_000 / msPerToken}}}
    model_info: {id: ${id}}`,
  )
  .join("")}
router_settings: {routing_strategy: simple-shuffle, shadow_strategies: [usage-based-routing], shadow_sample: 1}
general_settings: {master_key: ${masterKey}, state_file: none}
keys: [{name: client, sha256: ${sha256(clientKey)}}]
`;

/** What has the focus in the page, and whether one sees it. */
const focused = `(() => {
  const element = document.activeElement;
  if (element === null || element === document.body) return undefined;
  const { outlineStyle, outlineWidth } = getComputedStyle(element);
  return {
    name: element.id || element.getAttribute("aria-label") || element.textContent,
    seen: outlineStyle !== "none" && outlineWidth !== "0px",
  };
})()`;

async function signIn(page: Page, origin: string): Promise<void> {
  await page.goto(`${origin}/console`);
  await page.getByLabel("Admin key").fill(masterKey);
  await page.keyboard.press("Enter");
  await page.getByText("live", { exact: true }).waitFor();
}

function rowOf(page: Page, id: string): Locator {
  return page.getByRole("row").filter({ has: page.locator(`.id:text-is("${id}")`) });
}

/** Rows whose cells reach beyond them. */
const spillingRows = `Array.from(document.querySelectorAll("tbody tr"))
  .filter((row) => Array.from(row.children).some((cell) => cell.getBoundingClientRect().bottom > row.getBoundingClientRect().bottom + 1))
  .map((row) => row.textContent)`;

/** What the page is drawn on. */
function groundOf(page: Page): Promise<string> {
  return page.evaluate("getComputedStyle(document.body).backgroundColor");
}

describe("the console in a real browser", withChromium, () => {
  const parties = new Parties();
  let consoleFolder = "";
  let browser: Browser;
  let opened: WatchedPage[] = [];

  before(async () => {
    const built = parties.add(await buildConsole(), (party) => party.remove());
    consoleFolder = built.folder;
    browser = parties.add(await launchChromium(), (party) => party.close());
  });
  after(() => parties.end());
  afterEach(async () => {
    const pages = opened;
    opened = [];
    for (const { page } of pages) await page.context().close();
    assert.deepEqual(
      pages.flatMap(({ faults }) => faults),
      [],
      "what the browser complained of",
    );
  });

  async function openPage(options: Parameters<typeof WatchedPage.open>[1] = {}): Promise<Page> {
    const watched = await WatchedPage.open(browser, options);
    opened.push(watched);
    return watched.page;
  }

  describe("before the router itself", () => {
    const here = new Parties();
    let origin = "";
    let admin: Client<typeof AdminService>;

    before(async () => {
      ({ origin } = await here.service(configuration, { consoleFolder }));
      const transport = createConnectTransport({
        baseUrl: origin,
        httpVersion: "1.1",
        interceptors: [
          (next) => (request) => {
            request.header.set("authorization", `Bearer ${masterKey}`);
            return next(request);
          },
        ],
      });
      admin = createClient(AdminService, transport);
    });
    after(() => here.end());

    /** As a program that uses the models would. */
    async function call(times: number): Promise<void> {
      const question = {
        method: "POST",
        headers: { "content-type": "application/json", authorization: `Bearer ${clientKey}` },
        body: JSON.stringify({ model: "gpt-4o", messages: [{ role: "user", content: "hi" }] }),
      };
      const statuses = await Promise.all(
        Array.from({ length: times }, async () => {
          const answer = await fetch(`${origin}/v1/chat/completions`, question);
          await answer.arrayBuffer();
          return answer.status;
        }),
      );
      assert.deepEqual(new Set(statuses), new Set([200]));
    }

    async function statusOf(deploymentId: string) {
      const { deployment } = await admin.getDeployment({ deploymentId });
      assert.ok(deployment);
      return deployment;
    }

    test("refuses a wrong key with a sentence, takes the right one, and keeps it nowhere but in the tab's session", async () => {
      const page = await openPage();
      await page.goto(`${origin}/console`);
      const field = page.getByLabel("Admin key");
      await field.fill("sk-not-the-one");
      await page.keyboard.press("Enter");
      await page.getByRole("alert").getByText("The key is not valid here.").waitFor();
      await field.fill(masterKey);
      await page.getByRole("button", { name: "Sign in" }).click();
      await rowOf(page, "east").waitFor();
      const places = await page.evaluate<Readonly<Record<string, string>>>(`({
          page: document.documentElement.outerHTML,
          fields: Array.from(document.querySelectorAll("input"), (input) => input.value).join(),
          address: location.href,
          local: JSON.stringify(localStorage),
          cookies: document.cookie,
        })`);
      for (const [place, text] of Object.entries(places)) assert.ok(!text.includes(masterKey), place);
      assert.deepEqual(await page.evaluate("Object.values(sessionStorage)"), [masterKey]);
      await page.reload();
      await rowOf(page, "east").waitFor();
      await page.getByRole("button", { name: "Sign out" }).click();
      await field.waitFor();
      assert.deepEqual(await page.evaluate("Object.values(sessionStorage)"), []);
    });

    test("a client's key is told that it may not operate", async () => {
      const page = await openPage();
      await page.goto(`${origin}/console/`);
      await page.getByLabel("Admin key").fill(clientKey);
      await page.keyboard.press("Enter");
      await page.getByRole("alert").getByText("This takes the master key").waitFor();
      assert.equal(await page.locator("tbody").count(), 0);
    });

    test("shows every deployment in its group with its state", async () => {
      const page = await openPage();
      await signIn(page, origin);
      const { deployments } = await admin.listDeployments({});
      const shown = await page.locator("tbody .id").allTextContents();
      assert.deepEqual(
        shown,
        deployments.map((one) => one.id),
      );
      for (const id of ["east", "west", "only"]) await rowOf(page, id).getByText("eligible", { exact: true }).waitFor();
      await page.getByRole("heading", { name: "gpt-4o" }).waitFor();
    });

    test("a weight moved by the keyboard is set, and the traffic is seen to move", async () => {
      await admin.setWeights({ weights: { east: 50, west: 50 } });
      const page = await openPage();
      await signIn(page, origin);
      await rowOf(page, "west").getByText("weight 50 %").waitFor();
      // Before the first sample of counts there is nothing to compare with.
      await eventually(async () => {
        await call(20);
        assert.match((await rowOf(page, "west").locator(".share .now").first().textContent()) ?? "", /^[2-7]\d %$/);
      });

      const slider = page.getByRole("slider", { name: "Weight of west" });
      await slider.focus();
      await page.keyboard.press("ArrowLeft");
      await eventually(async () => assert.equal((await statusOf("west")).weight, 49));
      await page.keyboard.press("Home");
      await page.getByRole("status").getByText("Weight set: west to 0").waitFor();
      assert.equal((await statusOf("west")).weight, 0);
      assert.equal((await statusOf("east")).weight, 50);

      await call(30);
      await rowOf(page, "east").getByText("now 100 %").waitFor();
      await rowOf(page, "west").getByText("now 0 %").waitFor();
      await rowOf(page, "east").getByText("weight 100 %").waitFor();

      const field = page.getByLabel("Weight of west in figures");
      await field.fill("150");
      await field.press("Enter");
      await page.getByRole("status").getByText("Weight set: west to 150").waitFor();
      await rowOf(page, "west").getByText("weight 75 %").waitFor();
      assert.equal((await statusOf("west")).weight, 150);
      await field.fill("much");
      await field.press("Enter");
      assert.equal(await field.inputValue(), "150");
    });

    test("a weight can move there slowly", async () => {
      await admin.setWeights({ weights: { east: 50, west: 50 } });
      const page = await openPage();
      await signIn(page, origin);
      await page.getByLabel("How weights of gpt-4o are applied").selectOption({ label: "over 10 min" });
      await page.getByLabel("Weight of east in figures").fill("10");
      await page.keyboard.press("Enter");
      await rowOf(page, "east").getByText("moving to 10 until").waitFor();
      assert.equal((await statusOf("east")).targetWeight, 10);
      assert.ok(((await statusOf("east")).weight ?? 0) > 40);
      await admin.setWeights({ weights: { east: 50 } });
    });

    test("drains, blocks and activates by the keyboard, and asks where it hurts", async () => {
      const page = await openPage();
      await signIn(page, origin);
      await page.getByRole("button", { name: "Drain east" }).press("Enter");
      await rowOf(page, "east").getByText("draining", { exact: true }).waitFor();
      assert.equal((await statusOf("east")).state, DeploymentState.DRAINING);
      await page.getByRole("button", { name: "Activate east" }).press("Enter");
      await rowOf(page, "east").getByText("eligible", { exact: true }).waitFor();

      await page.getByRole("button", { name: "Block east" }).press("Enter");
      await page.getByRole("dialog", { name: "Block east?" }).waitFor();
      await page.keyboard.press("Escape");
      await page.getByRole("dialog").waitFor({ state: "detached" });
      assert.equal((await statusOf("east")).state, DeploymentState.ACTIVE);
      await page.getByRole("button", { name: "Block east" }).press("Enter");
      await page.getByRole("dialog").getByRole("button", { name: "Block" }).click();
      await rowOf(page, "east").getByText("blocked", { exact: true }).waitFor();
      assert.equal((await statusOf("east")).state, DeploymentState.BLOCKED);
      await page.getByRole("button", { name: "Activate east" }).click();
      await rowOf(page, "east").getByText("eligible", { exact: true }).waitFor();

      await page.getByRole("button", { name: "Drain only" }).press("Enter");
      await page.getByRole("dialog").getByText("Nothing else in small is healthy now").waitFor();
      await page.getByRole("button", { name: "Cancel" }).click();
      assert.equal((await statusOf("only")).state, DeploymentState.ACTIVE);
    });

    test("explains where a call would go, and says what is wrong with the question", async () => {
      const page = await openPage();
      await signIn(page, origin);
      await page.getByRole("button", { name: "Explain small" }).click();
      const table = page.getByRole("region", { name: "Explain" }).getByRole("table");
      await table.getByText("picked").waitFor();
      assert.deepEqual(await table.locator("tbody .id").allTextContents(), ["only"]);
      await page.getByLabel("Model").locator("visible=true").fill("no-such-model");
      await page.getByRole("button", { name: "Explain", exact: true }).click();
      await page.getByText(/no-such-model.*does not exist/).waitFor();
    });

    test("a chat streams its answer and says which deployment it came from", async () => {
      const page = await openPage();
      await signIn(page, origin);
      await page.getByRole("button", { name: "Chat with small" }).click();
      await page.getByLabel("Message").fill("Hello!");
      await page.keyboard.press("Enter");
      const answer = page.locator(".turn.assistant").last();
      await answer.getByText(/only of small, .*in the router; first text after .*, all after/).waitFor();
      assert.notEqual(await answer.locator(".text").textContent(), "");
    });

    test("lists who changed what", async () => {
      await admin.setWeights({ weights: { west: 42 } });
      const page = await openPage();
      await signIn(page, origin);
      await page.getByRole("link", { name: "Changes" }).click();
      const first = page.getByRole("region", { name: "Changes" }).locator("tbody tr").first();
      await first.getByText("SetWeights").waitFor();
      assert.match((await first.textContent()) ?? "", /master key.*west.*42/s);
    });

    test("makes a key, shows its secret once, rotates it, and asks before it is revoked", async () => {
      const page = await openPage();
      await signIn(page, origin);
      await page.getByRole("link", { name: "Keys" }).click();
      const keys = page.getByRole("region", { name: "Keys" });
      await keys.getByLabel("Name", { exact: true }).fill("team-b");
      await keys.getByLabel("Requests per minute").fill("60");
      await keys.getByLabel("Name", { exact: true }).press("Enter");
      const secret = keys.locator(".secret code");
      await secret.waitFor();
      const first = await secret.textContent();
      assert.match(first ?? "", /^sk-/);
      const row = keys.getByRole("row").filter({ hasText: "team-b" });
      await row.getByText("valid", { exact: true }).waitFor();
      await keys.getByRole("button", { name: "Rotate team-b" }).click();
      await page.getByText("team-b has a new secret").waitFor();
      assert.notEqual(await secret.textContent(), first);
      await page.getByRole("link", { name: "Changes" }).click();
      await page.getByRole("link", { name: "Keys" }).click();
      assert.equal(await secret.count(), 0);
      await keys.getByRole("button", { name: "Revoke team-b" }).click();
      await page.getByRole("dialog").getByRole("button", { name: "Revoke" }).click();
      await row.getByText("revoked", { exact: true }).waitFor();
      const listed = (await admin.listKeys({})).keys.find((one) => one.spec?.name === "team-b");
      assert.deepEqual([listed?.revoked, listed?.spec?.rpm], [true, 60]);
    });

    test("lists the latest calls with their attempts, narrowed as asked, and draws what was used by model and by key", async () => {
      await admin.setWeights({ weights: { east: 1, west: 0 } });
      await call(3);
      const page = await openPage();
      await signIn(page, origin);
      await page.getByRole("link", { name: "Calls" }).click();
      const calls = page.getByRole("region", { name: "Calls" });
      const rows = calls.locator("tbody tr");
      await rows.first().getByText("gpt-4o", { exact: true }).waitFor();
      assert.match((await rows.first().textContent()) ?? "", /client, rest.*success.*east, \d.* ms.*in, \d+ out/s);
      await calls.getByLabel("Deployment").fill("no-such-deployment");
      await calls.getByLabel("Deployment").press("Enter");
      await calls.getByText("None of the calls that are kept is like that.").waitFor();
      await calls.getByLabel("Deployment").fill("");
      await fetch(`${origin}/v1/chat/completions`, {
        method: "POST",
        headers: { "content-type": "application/json", authorization: `Bearer ${masterKey}` },
        body: JSON.stringify({ model: "no-such-model", messages: [{ role: "user", content: "hi" }] }),
      });
      await calls.getByLabel("only with a failure").check();
      await rows.first().getByText("model not found", { exact: true }).waitFor();
      assert.match((await rows.first().textContent()) ?? "", /no-such-model.*no key.*none/s);

      await page.getByRole("link", { name: "Usage" }).click();
      const usage = page.getByRole("region", { name: "Usage" });
      await usage.getByRole("rowheader", { name: "gpt-4o" }).waitFor();
      assert.equal(await usage.locator("figure").count(), 3);
      assert.match((await usage.locator("figure").nth(2).locator(".legend").textContent()) ?? "", /gpt-4o \d/);
      await usage.getByLabel("by").selectOption("key");
      await usage.getByRole("rowheader", { name: "client" }).waitFor();
      await usage.getByLabel("over").selectOption("three days");
      await usage.getByText("Calls in each hour").waitFor();

      await page.getByRole("link", { name: "Strategies" }).click();
      const strategies = page.getByRole("region", { name: "Strategies" });
      const compared = strategies.getByRole("row").filter({ has: page.getByRole("cell", { name: "usage-based-routing" }) });
      assert.match((await compared.textContent()) ?? "", /gpt-4o.*simple-shuffle.*usage-based-routing\d+/);
      await admin.setWeights({ weights: { east: 50, west: 50 } });
    });

    test("adds a deployment and edits it, with what is wrong at the field that it is about", async () => {
      const page = await openPage();
      await signIn(page, origin);
      await page.getByRole("button", { name: "Add a deployment" }).click();
      const form = page.getByRole("dialog", { name: "Add a deployment" });
      /** What is told at a field. */
      const faultAt = (label: string) => form.locator(".entry-field", { has: page.getByLabel(label) }).locator(".fault");
      await form.getByRole("button", { name: "Add" }).click();
      await faultAt("Provider and model").getByText("is missing").waitFor();
      await form.getByLabel("Model name, as callers write it").fill("added");
      await form.getByLabel("Provider and model").fill("nowhere/x");
      await form.getByLabel("Requests per minute").fill("many");
      await form.getByLabel("Requests per minute").press("Enter");
      await faultAt("Provider and model").getByText("`nowhere` is not known").waitFor();
      await faultAt("Requests per minute").getByText('must be a whole number ≥ 0, not "many"').waitFor();
      assert.equal(await form.locator(".entry-field .fault").count(), 2);
      await page.setViewportSize({ width: 380, height: 800 });
      assert.ok((await page.evaluate<number>("document.querySelector('dialog').scrollWidth - innerWidth")) <= 0);
      await page.setViewportSize({ width: 1280, height: 800 });
      await form.getByLabel("Provider and model").fill("mock/added");
      await form.getByLabel("Requests per minute").fill("60");
      await form.getByLabel("Key (api_key)").fill("sk-inline-of-this-test");
      await form.getByLabel("Id", { exact: true }).fill("added-one");
      await form.getByRole("button", { name: "Add" }).click();
      await rowOf(page, "added-one").getByText("eligible", { exact: true }).waitFor();
      assert.equal((await statusOf("added-one")).rpmLimit, 60);

      await page.getByRole("button", { name: "Edit added-one" }).press("Enter");
      const edit = page.getByRole("dialog", { name: "Edit added-one" });
      await eventually(async () => assert.equal(await edit.getByLabel("Requests per minute").inputValue(), "60"));
      await edit.getByLabel("Requests per minute").fill("90");
      await edit.getByLabel("Other litellm_params, JSON").fill('{"timeout": 30}');
      await edit.getByRole("button", { name: "Save" }).click();
      // The page never had the key, so it cannot send it again.
      await edit.getByText("is hidden here: write it again").waitFor();
      await edit.getByLabel("Key (api_key)").fill("sk-inline-of-this-test");
      await edit.getByRole("button", { name: "Save" }).click();
      await edit.waitFor({ state: "detached" });
      assert.equal((await statusOf("added-one")).rpmLimit, 90);
      await admin.removeDeployment({ deploymentId: "added-one" });
      await rowOf(page, "added-one").waitFor({ state: "detached" });
    });

    test("is drawn in both themes, by the system's wish or by the button", async () => {
      const dark = await openPage({ colorScheme: "dark" });
      await signIn(dark, origin);
      assert.equal(await groundOf(dark), "rgb(14, 18, 22)");
      await dark.getByRole("button", { name: "Theme: auto" }).click();
      assert.equal(await groundOf(dark), "rgb(244, 245, 247)");
      await dark.reload();
      await dark.getByRole("button", { name: "Theme: light" }).click();
      await dark.getByRole("button", { name: "Theme: dark" }).waitFor();
      assert.equal(await groundOf(dark), "rgb(14, 18, 22)");
    });

    test("has its charts", async () => {
      const page = await openPage();
      await signIn(page, origin);
      await page.getByRole("button", { name: "Charts of gpt-4o" }).click();
      await page.getByText("Calls in each second by deployment").waitFor();
      assert.deepEqual(
        (await page.locator("figure").first().locator(".legend li").allTextContents()).map((text) => text.split(" ")[0]),
        ["east", "west"],
      );
    });

    test("fits a telephone's width", async () => {
      const page = await openPage();
      await signIn(page, origin);
      for (const width of [380, 420, 800, 1280]) {
        await page.setViewportSize({ width, height: 800 });
        for (const view of ["Calls", "Usage", "Strategies", "Explain", "Chat", "Keys", "Changes", "Deployments"]) {
          await page.getByRole("link", { name: view }).click();
          const beyond = await page.evaluate<number>("document.documentElement.scrollWidth - innerWidth");
          assert.ok(beyond <= 0, `${view} is ${beyond} px too wide at ${width}`);
        }
        const spilling = await page.evaluate<string[]>(spillingRows);
        assert.deepEqual(spilling, [], `rows that run into the next one at ${width}`);
      }
    });
  });

  test("says that the connection is lost, and finds back by itself", async () => {
    const demo = await startConsoleDemo({ deployments: plans, masterKey, consoleFolder });
    const page = await openPage();
    await signIn(page, demo.origin);
    await demo.stop();
    await page.getByRole("alert").getByText("Connection lost.").waitFor();
    await rowOf(page, "east").waitFor();
    parties.add(await startConsoleDemo({ deployments: plans, masterKey, consoleFolder, port: demo.port }), (one) => one.stop());
    await page.getByText("Connection lost.").waitFor({ state: "detached" });
    await page.getByText("live", { exact: true }).waitFor();
  });

  test("asks for a key again, and says why, when the server no longer takes the one it has", async () => {
    const demo = await startConsoleDemo({ deployments: plans, masterKey, consoleFolder });
    const page = await openPage();
    await signIn(page, demo.origin);
    await demo.stop();
    const other = { deployments: plans, masterKey: "sk-another", consoleFolder, port: demo.port };
    parties.add(await startConsoleDemo(other), (one) => one.stop());
    await page.getByRole("alert").getByText("The key is not valid here.").waitFor();
    assert.deepEqual(await page.evaluate("Object.values(sessionStorage)"), []);
  });

  test("without a master key on the server it goes straight in, and ends a cooldown after failures", async () => {
    const { origin } = await parties.service(
      `
model_list:
  - {model_name: gpt-4o, litellm_params: {model: mock/east, weight: 0}, model_info: {id: east}}
  - {model_name: gpt-4o, litellm_params: {model: mock/west, weight: 1, mock: {error_rate: 1}}, model_info: {id: west}}
router_settings: {num_retries: 1, allowed_fails: 0, cooldown_time: 600}
general_settings: {state_file: none}
`,
      { consoleFolder },
    );
    const page = await openPage();
    await page.goto(`${origin}/console/`);
    await rowOf(page, "west").getByText("eligible", { exact: true }).waitFor();
    assert.equal(await page.getByRole("button", { name: "Sign out" }).count(), 0);
    const question = { model: "gpt-4o", messages: [{ role: "user", content: "hi" }] };
    const answer = await fetch(`${origin}/v1/chat/completions`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(question),
    });
    assert.equal(answer.status, 200, await answer.text());
    await rowOf(page, "west").getByText("cooling down", { exact: true }).waitFor();
    await page.getByRole("button", { name: "Reset the cooldown of west" }).press("Enter");
    await page.getByRole("status").getByText("The cooldown of west is ended").waitFor();
    // It may serve again, and is not called well: every attempt has failed.
    await rowOf(page, "west").getByText("never answered", { exact: true }).waitFor();
    assert.equal(await page.getByRole("button", { name: "Reset the cooldown of west" }).count(), 0);
  });

  test("an older server's table and weights still work, and what it cannot do is said", async () => {
    const demo = parties.add(await startConsoleDemo({ deployments: plans, masterKey, consoleFolder, older: true }), (one) => one.stop());
    const page = await openPage();
    await signIn(page, demo.origin);
    await page.getByLabel("Weight of west in figures").fill("150");
    await page.keyboard.press("Enter");
    await rowOf(page, "west").getByText("weight 75 %").waitFor();
    await page.getByRole("button", { name: "Drain east" }).click();
    await page
      .getByRole("alert")
      .getByText(/east not set to draining: This server does not know how to do that/)
      .waitFor();
    assert.equal(await page.getByRole("button", { name: "Charts of gpt-4o" }).count(), 0);
  });

  test("can be used without a mouse: the focus is seen, reaches everything in order, and leaves again", async () => {
    const demo = parties.add(await startConsoleDemo({ deployments: plans, masterKey, consoleFolder }), (one) => one.stop());
    const page = await openPage();
    await signIn(page, demo.origin);
    const visited: string[] = [];
    // From the page's beginning.
    await page.evaluate("document.activeElement?.blur()");
    for (let stops = 0; stops < 100; stops++) {
      await page.keyboard.press("Tab");
      const at = await page.evaluate<{ name: string; seen: boolean } | undefined>(focused);
      if (at === undefined) break;
      assert.ok(at.seen, `the focus is not seen on ${at.name}`);
      visited.push(at.name);
    }
    assert.ok(visited.length < 100, "the focus never left the page");
    for (const name of [
      "To the content",
      "Deployments",
      "filter",
      "Weight of east",
      "Weight of west in figures",
      "Drain east",
      "Block only",
    ]) {
      assert.ok(visited.includes(name), `${name} is not reached: ${visited.join(", ")}`);
    }
    await page.keyboard.press("/");
    assert.equal(await page.evaluate("document.activeElement?.id"), "filter");
    await page.keyboard.type("only");
    await rowOf(page, "east").waitFor({ state: "detached" });
    assert.deepEqual(await page.locator("tbody .id").allTextContents(), ["only"]);
    await page.keyboard.press("Escape");
    await rowOf(page, "east").waitFor();
  });

  test("a thousand deployments are no more rows than a person looks at, and the filter finds each", async () => {
    const many = Array.from({ length: 1_000 }, (_, index) => ({
      id: `d-${index}`,
      group: index < 600 ? "large" : `group-${index % 40}`,
      address: "mock/m",
      weight: 1,
      firstTokenMs: 20,
      msPerToken: 1,
    }));
    const demo = parties.add(await startConsoleDemo({ deployments: many, masterKey, consoleFolder, callsPerSecond: 5 }), (one) =>
      one.stop(),
    );
    const page = await openPage();
    await signIn(page, demo.origin);
    await page.getByText("1000 deployments in 41 groups").waitFor();
    assert.equal(await page.locator("tbody tr").count(), 0);
    await page.getByRole("button", { name: "large" }).first().click();
    await rowOf(page, "d-0").waitFor();
    assert.equal(await page.locator("tbody tr").count(), 50);
    await page.getByRole("button", { name: "Show more" }).click();
    await rowOf(page, "d-99").waitFor();
    await page.getByLabel("Filter by id, group, provider or state").fill("d-777");
    await rowOf(page, "d-777").waitFor();
    assert.equal(await page.locator("tbody tr").count(), 1);
  });
});
