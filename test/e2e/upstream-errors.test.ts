import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, it, test } from "node:test";
import type { ErrorCode } from "../../src/core/errors.ts";
import { ask as askOnce } from "../support/http-client.ts";
import { OpenAiHost, type HostHit } from "../support/openai-host.ts";
import { cannedReply, type HostReply } from "../support/openai-replies.ts";
import { sharedFolder, skippedWithout } from "../support/shared-folder.ts";
import { startService, type RunningTestService } from "../support/start-service.ts";

/** Every known reply of a provider, through the whole service: whose fault it is, what follows for the deployment, and what the caller hears. */

const file = "cases/upstream-errors.json";
const skip = skippedWithout(file);

interface ErrorCase {
  readonly id: string;
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: unknown;
  readonly where: "unary" | "200-body" | "stream-first-event" | "stream-after-role";
  readonly event?: string;
  readonly path?: string;
  readonly class: string;
  readonly cooldown: "none" | "normal" | "retry_after" | "long";
  readonly retry_elsewhere: boolean;
  readonly caller_status: number;
}

const codesOf: Readonly<Record<string, readonly ErrorCode[]>> = {
  caller: ["invalid_request", "request_too_large"],
  context_window: ["context_length_exceeded"],
  content_policy: ["content_policy_violation"],
  auth: ["upstream_auth"],
  not_found: ["upstream_not_found"],
  cannot_serve_this: ["cannot_serve_this", "operation_not_supported"],
  timeout: ["upstream_timeout"],
  rate_limit: ["upstream_rate_limited"],
  quota_exhausted: ["quota_exhausted"],
  overloaded: ["upstream_overloaded"],
  server: ["upstream_error"],
  connection: ["upstream_unreachable"],
  malformed: ["upstream_malformed"],
};

const cooldownTime = 5_000;

describe("the table of upstream errors", { skip, timeout: 120_000 }, () => {
  const rows = skip === false ? (JSON.parse(readFileSync(join(sharedFolder, file), "utf8")) as readonly ErrorCase[]) : [];
  const byModel = new Map(rows.map((row) => [`bad-${row.id}`, row]));
  let host: OpenAiHost;
  let service: RunningTestService;

  before(async () => {
    host = await OpenAiHost.listen();
    host.always((hit) => replyTo(hit, byModel));
    service = await startService(configOf(rows, host.apiBase));
  });
  after(async () => {
    await service.stop();
    await host.close();
  });

  const hitsOf = (model: string): number => host.hits.filter(({ json }) => json.model === model).length;

  for (const row of rows) {
    it(`${row.id} is ${row.class}`, async () => {
      host.hits.length = 0;
      const isFiltered = row.caller_status === 200;
      const heard = await ask(service, `g-${row.id}`, row);
      assert.equal(hitsOf("good") > 0, row.retry_elsewhere, "another deployment is asked");
      assert.equal(heard.status, row.retry_elsewhere ? 200 : row.caller_status, "what the caller hears");
      const [first] = heard.outcomes;
      assert.ok(isFiltered ? first === "success" : codesOf[row.class]?.includes(first as ErrorCode), `${row.class}: ${first}`);
      const status = service.router.deployments().find(({ id }) => id === `a-${row.id}`);
      assert.equal(status?.eligibility === "cooling_down", row.cooldown !== "none", `cooldown: ${status?.detail}`);
      const leftMs = status?.eligibleInMs ?? 0;
      const isMonthly = JSON.stringify(row.body).includes("enforced_spend_limit_reached");
      // A limit of the month is known to last until its end, however near that is.
      if (row.cooldown === "normal" || (row.cooldown === "long" && !isMonthly)) assert.ok(leftMs <= cooldownTime, `${leftMs} ms`);
      if (row.cooldown === "retry_after" && !JSON.stringify(row.body).includes("5 seconds"))
        assert.ok(leftMs > cooldownTime, `${leftMs} ms`);
      if (row.cooldown === "long") {
        // By its id, it is asked while it cools down too: another call's refusal.
        await ask(service, `a-${row.id}`, row);
        const again = service.router.deployments().find(({ id }) => id === `a-${row.id}`);
        assert.ok(isMonthly || (again?.eligibleInMs ?? 0) > 1_800_000, `the second time: ${again?.eligibleInMs} ms`);
        assert.match(again?.detail ?? "", /quota or credit used up/);
      }
      // Where nobody else can answer.
      const alone = await ask(service, `n-${row.id}`, row);
      assert.equal(alone.status === 503 ? 502 : alone.status, row.caller_status === 503 ? 502 : row.caller_status, alone.body);
      if (alone.status !== 200 && alone.status !== 429 && alone.status !== 503) assert.equal(alone.shouldRetry, "false");
      if (row.class === "content_policy" || row.class === "context_window") {
        const taken = await ask(service, `f-${row.id}`, row);
        assert.deepEqual([taken.status, hitsOf("fallback")], [200, 1]);
      }
    });
  }
});

function configOf(rows: readonly ErrorCase[], apiBase: string): string {
  const entry = (group: string, model: string, id?: string, weight?: number): object => ({
    model_name: group,
    litellm_params: { model: `openai/${model}`, api_base: apiBase, api_key: `k-${group}`, ...(weight === undefined ? {} : { weight }) },
    ...(id === undefined ? {} : { model_info: { id } }),
  });
  const special = rows.filter((row) => row.class === "content_policy" || row.class === "context_window");
  const lists = special.map((row) => ({ [`f-${row.id}`]: ["fallback"] }));
  return JSON.stringify({
    model_list: [
      // The second one is a backup: the first is asked first.
      ...rows.flatMap((row) => [entry(`g-${row.id}`, `bad-${row.id}`, `a-${row.id}`, 1), entry(`g-${row.id}`, "good", `b-${row.id}`, 0)]),
      ...rows.map((row) => entry(`n-${row.id}`, `bad-${row.id}`)),
      ...special.map((row) => entry(`f-${row.id}`, `bad-${row.id}`)),
      entry("fallback", "fallback"),
    ],
    router_settings: {
      num_retries: 1,
      retry_policy: {},
      allowed_fails: 0,
      cooldown_time: cooldownTime / 1_000,
      content_policy_fallbacks: lists,
      context_window_fallbacks: lists,
    },
  });
}

function replyTo(hit: HostHit, byModel: ReadonlyMap<string, ErrorCase>): HostReply {
  const row = byModel.get(hit.json.model ?? "");
  if (row === undefined) return cannedReply(hit.path, hit.json);
  const text = typeof row.body === "string" ? row.body : JSON.stringify(row.body);
  if (!row.where.startsWith("stream")) return { kind: "reply", status: row.status, headers: row.headers, body: text };
  const role = 'data: {"choices":[{"index":0,"delta":{"role":"assistant","content":""}}]}\n\n';
  const event = `${row.event === undefined ? "" : `event: ${row.event}\n`}data: ${text}\n\n`;
  return { kind: "stream", pieces: row.where === "stream-after-role" ? [role, event] : [event] };
}

interface Heard {
  readonly status: number;
  readonly shouldRetry: string | null;
  /** Of each attempt. */
  readonly outcomes: readonly string[];
  readonly body: string;
}

async function ask(service: RunningTestService, model: string, { path = "/v1/chat/completions", where }: ErrorCase): Promise<Heard> {
  const asked = path.endsWith("embeddings") ? { input: "x" } : { messages: [{ role: "user", content: "hi" }] };
  // What it waits for comes again; only the first answer is of interest.
  const reply = await fetch(service.origin + path, {
    method: "POST",
    headers: { "content-type": "application/json", "x-huntgroup-debug": "true" },
    body: JSON.stringify({ model, ...asked, stream: where.startsWith("stream"), ...(model.startsWith("g-") ? {} : { num_retries: 0 }) }),
  });
  const body = await reply.text();
  const trace = reply.headers.get("x-huntgroup-trace") ?? "[]";
  const outcomes = (JSON.parse(trace) as readonly { outcome: string }[]).map(({ outcome }) => outcome);
  return { status: reply.status, shouldRetry: reply.headers.get("x-should-retry"), outcomes, body: `${trace}: ${body}` };
}

for (const threads of [1, 3]) {
  test(`credentials that every deployment is refused for are told so at first and for as long as the cooldown lasts, on ${threads} threads`, async () => {
    const host = await OpenAiHost.listen();
    const said = {
      error: { message: "Incorrect API key provided: sk-proj-abcdef.", type: "invalid_request_error", code: "invalid_api_key" },
    };
    host.always({ kind: "reply", status: 401, body: said });
    const params = (model: string): object => ({ model, api_base: host.apiBase, api_key: "k" });
    const service = await startService(
      JSON.stringify({
        model_list: ["openai/m1", "openai/m2"].map((model) => ({ model_name: "x", litellm_params: params(model) })),
      }),
      { threads },
    );
    try {
      // Each by a connection of its own, so that all threads are asked.
      for (let call = 0; call < 12; call++) {
        const when = call === 0 ? "at first" : "while it cools down";
        const { status, headers, text } = await askOnce(service.port, "http1", {
          method: "POST",
          path: "/v1/chat/completions",
          headers: { "content-type": "application/json" },
          body: JSON.stringify({ model: "x", messages: [] }),
        });
        const { error } = JSON.parse(text) as { error: { message: string; code: string } };
        assert.deepEqual([status, error.code, headers["x-should-retry"]], [502, "upstream_auth", "false"], when);
        assert.match(error.message, /Incorrect API key provided: \[redacted\]/, when);
      }
      assert.equal(host.hits.length, 2, "nobody is asked while it lasts");
    } finally {
      await service.stop();
      await host.close();
    }
  });
}
