import assert from "node:assert/strict";
import { after, before, beforeEach, describe, test } from "node:test";
import OpenAI from "openai";
import { loadConfig } from "../../../src/config/load/load-config.ts";
import { Router } from "../../../src/core/router/router.ts";
import { callerFormats } from "../../../src/formats/index.ts";
import { systemClock } from "../../../src/lib/clock.ts";
import { seededRandom } from "../../../src/lib/random.ts";
import { providerRegistry } from "../../../src/providers/index.ts";
import { strategies } from "../../../src/strategies/index.ts";
import { HttpUpstream } from "../../../src/upstream/http-upstream.ts";
import { type HostHit, OpenAiHost } from "../../support/openai-host.ts";
import { hostError, type HostReply } from "../../support/openai-replies.ts";
import { listeningRest, type ListeningServer } from "../../support/rest-fixture.ts";

/** Three accounts that keep responses, by OpenAI's own package: from the caller's socket to the deployment's. */

let hosts: readonly OpenAiHost[] = [];
let rest: ListeningServer;
let client: OpenAI;
let destroy: () => Promise<void>;

/** What each host keeps. */
const kept = new Map<OpenAiHost, Set<string>>();
let made = 0;

function responseOf(id: string, previous: string | null, status = "completed"): object {
  const message = {
    type: "message",
    id: `msg_${id}`,
    role: "assistant",
    status,
    content: [{ type: "output_text", text: "Hi", annotations: [] }],
  };
  const usage = {
    input_tokens: 3,
    input_tokens_details: { cached_tokens: 0 },
    output_tokens: 2,
    output_tokens_details: { reasoning_tokens: 0 },
    total_tokens: 5,
  };
  return {
    id,
    object: "response",
    created_at: 1,
    model: "up",
    status,
    previous_response_id: previous,
    output: [message],
    usage,
    error: null,
  };
}

const reply = (body: object): HostReply => ({ kind: "reply", body });

/** As strict as OpenAI: what it does not keep it does not know. */
function answer(host: OpenAiHost, { method, path, json }: HostHit): HostReply {
  const own = kept.get(host) ?? new Set();
  const [, , kind, id = "", part] = path.split("/");
  if (kind === "conversations" && id === "")
    return remember(own, `conv_${++made}`, (name) => ({ id: name, object: "conversation", created_at: 1, metadata: {} }));
  if (id !== "" && id !== "input_tokens" && !own.has(id))
    return hostError(404, { message: `${kind} '${id}' not found.`, type: "invalid_request_error" });
  if (id === "input_tokens") return reply({ object: "response.input_tokens", input_tokens: 11 });
  if (part === "input_items")
    return reply({
      object: "list",
      data: [{ type: "message", id: "msg_in", role: "user", content: [] }],
      first_id: "msg_in",
      last_id: "msg_in",
      has_more: false,
    });
  if (part === "cancel") return reply(responseOf(id, null, "cancelled"));
  if (method === "DELETE") {
    own.delete(id);
    return reply({ id, object: "response", deleted: true });
  }
  if (method === "GET") return reply(responseOf(id, null));
  const { previous_response_id: previous = null, stream } = json as unknown as { previous_response_id?: string; stream?: boolean };
  if (previous !== null && !own.has(previous))
    return hostError(400, { message: "Previous response not found.", code: "previous_response_not_found" });
  if (stream !== true) return remember(own, `resp_${++made}`, (name) => responseOf(name, previous));
  const name = `resp_${++made}`;
  own.add(name);
  const events = [
    { type: "response.created", sequence_number: 0, response: responseOf(name, previous, "in_progress") },
    { type: "response.output_item.added", sequence_number: 1, output_index: 0, item: { type: "message", id: `msg_${name}`, content: [] } },
    { type: "response.output_text.delta", sequence_number: 2, item_id: `msg_${name}`, output_index: 0, content_index: 0, delta: "Hi" },
    { type: "response.completed", sequence_number: 3, response: responseOf(name, previous) },
  ];
  return {
    kind: "stream",
    headers: { "content-type": "text/event-stream" },
    pieces: events.map((event) => `event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`),
  };
}

function remember(own: Set<string>, id: string, body: (id: string) => object): HostReply {
  own.add(id);
  return reply(body(id));
}

function onInternalError(error: unknown): void {
  throw error;
}

function asked(): readonly number[] {
  return hosts.flatMap(({ hits }, index) => hits.map(() => index));
}

describe("what deployments keep, by OpenAI's own package", () => {
  before(async () => {
    hosts = await Promise.all([OpenAiHost.listen(), OpenAiHost.listen(), OpenAiHost.listen()]);
    const entries = hosts.map(
      ({ apiBase }, index) => `
  - model_name: m
    litellm_params: {model: openai/up, api_base: "${apiBase}", api_key: sk-up-0123456789, cooldown_time: 0}
    model_info: {id: d${index}, supported_endpoints: [/v1/responses]}`,
    );
    const loaded = await loadConfig("config.yaml", {
      env: {},
      readFile: () => Promise.resolve(`model_list:${entries.join("")}\nrouter_settings: {num_retries: 0, routing_strategy: round-robin}\n`),
      skipInvalid: false,
      providers: providerRegistry,
      strategies,
      importStrategy: (path) => import(path),
    });
    assert.ok(loaded.config, JSON.stringify(loaded.problems));
    const upstream = new HttpUpstream({ connectTimeoutMs: 5_000, clock: systemClock });
    destroy = () => upstream.destroy();
    const router = new Router({
      source: loaded.config.source,
      upstream,
      clock: systemClock,
      random: seededRandom(1),
      observers: [],
      onInternalError,
    });
    rest = await listeningRest(router, { formats: callerFormats });
    client = new OpenAI({ apiKey: "none", baseURL: `http://127.0.0.1:${rest.port}/v1`, maxRetries: 0 });
  });

  after(async () => {
    await rest[Symbol.asyncDispose]();
    await destroy();
    await Promise.all(hosts.map((host) => host.close()));
  });

  beforeEach(() => {
    for (const host of hosts) {
      host.reset();
      kept.set(host, new Set());
      host.always((hit) => answer(host, hit));
    }
  });

  /** Who of the three was asked, in order. */
  test("every later turn goes to the deployment of the first, which knows its own ids", async () => {
    for (let conversation = 0; conversation < 3; conversation++) {
      let previous: string | undefined;
      for (let turn = 0; turn < 4; turn++) {
        const {
          id,
          model,
          output_text: text,
          previous_response_id: told,
        } = await client.responses.create({
          model: "m",
          input: "hi",
          ...(previous === undefined ? {} : { previous_response_id: previous }),
        });
        assert.match(id, /^resp_1[\w-]{40,}$/);
        assert.deepEqual([model, text, told ?? undefined], ["m", "Hi", previous]);
        previous = id;
      }
    }
    // Four turns each, and each conversation elsewhere.
    assert.deepEqual(asked(), [0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2]);
  });

  test("a streamed answer is gone on with, retrieved, listed, cancelled and deleted where it is", async () => {
    const types: string[] = [];
    let id = "";
    for await (const event of await client.responses.create({ model: "m", input: "hi", stream: true })) {
      types.push(event.type);
      if (event.type === "response.completed") id = event.response.id;
      if (event.type === "response.output_text.delta") assert.match(event.item_id, /^msg_1[\w-]{40,}$/);
    }
    assert.equal(types.at(-1), "response.completed");
    const next = await client.responses.create({
      model: "m",
      input: [
        { type: "item_reference", id },
        { role: "user", content: "and?" },
      ],
      previous_response_id: id,
    });
    const got = await client.responses.retrieve(next.id);
    assert.deepEqual([got.id, got.model], [next.id, "m"]);
    const items = await client.responses.inputItems.list(next.id);
    assert.match(items.data[0]?.id ?? "", /^msg_1/);
    assert.equal((await client.responses.cancel(id)).status, "cancelled");
    await client.responses.delete(next.id);
    await assert.rejects(
      client.responses.retrieve(next.id),
      (error) => error instanceof OpenAI.NotFoundError && /not found/.test(error.message),
    );
    assert.equal(new Set(asked()).size, 1);
  });

  test("a conversation is kept by one deployment, and answers in it are made there", async () => {
    const conversation = await client.conversations.create({}, { headers: { "x-huntgroup-model": "m" } });
    for (let turn = 0; turn < 4; turn++) await client.responses.create({ model: "m", input: "hi", conversation: conversation.id });
    assert.equal(new Set(asked()).size, 1);
    await assert.rejects(client.conversations.create({}), OpenAI.BadRequestError);
  });

  test("a prompt is counted, and ids that were made up are not found", async () => {
    assert.equal((await client.responses.inputTokens.count({ model: "m", input: "hi" })).input_tokens, 11);
    await assert.rejects(client.responses.retrieve("resp_123"), OpenAI.NotFoundError);
    await assert.rejects(client.responses.create({ model: "m", input: "hi", previous_response_id: "resp_123" }), OpenAI.NotFoundError);
  });
});
