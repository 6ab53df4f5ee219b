import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, afterEach, before, describe, test } from "node:test";
import { promisify } from "node:util";
import OpenAI, { toFile } from "openai";
import { sha256 } from "../../src/lib/secret.ts";
import type { HostHit, OpenAiHost } from "../support/openai-host.ts";
import { hostError, type HostReply } from "../support/openai-replies.ts";
import { Parties } from "../support/parties.ts";
import type { RunningTestService } from "../support/start-service.ts";
import { within } from "../support/within.ts";

const [master, team, painter, poor] = ["sk-master-0123456789", "sk-team-0123456789", "sk-painter-0123456789", "sk-poor-0123456789"];
const sound = Buffer.from("RIFF\0\xff\r\n--x\r\nsound".repeat(500), "latin1");

function config(first: OpenAiHost, second: OpenAiHost): string {
  const entry = (group: string, host: OpenAiHost, rest = "") => `
  - model_name: ${group}
    litellm_params: {model: openai/${group}-up, api_base: "${host.apiBase}", api_key: sk-up-0123456789, order: ${host === first ? 1 : 2}, cooldown_time: 0${rest}}`;
  const both = (group: string, rest = "") => entry(group, first, rest) + entry(group, second, rest);
  return `
general_settings: {master_key: ${master}, max_request_size_mb: 1}
router_settings: {num_retries: 1, retry_after: 0}
model_list:${both("paint", ", output_cost_per_image: 0.04")}${both("voice", ", input_cost_per_character: 0.001")}
${both("hear", ", input_cost_per_second: 0.01")}${both("rank", ", input_cost_per_query: 0.002")}${both("guard")}
  - model_name: claude
    litellm_params: {model: anthropic/claude-sonnet-4-5, api_key: sk-ant-0123456789}
  - model_name: inside
    litellm_params: {model: mock/m, mock: {first_token_ms: 0}}
keys:
  - {name: team, sha256: ${sha256(team)}}
  - {name: painter, sha256: ${sha256(painter)}, endpoints: [images]}
  - {name: poor, sha256: ${sha256(poor)}, max_budget: 0.1}
`;
}

const audio: HostReply = {
  kind: "stream",
  headers: { "content-type": "audio/mpeg" },
  pieces: [Buffer.from([0xff, 0xfb, 1]), Buffer.from([2, 3])],
};

const reply = (body: object): HostReply => ({ kind: "reply", body });

function answer({ path }: HostHit): HostReply {
  if (path.includes("/images/")) return reply({ created: 1, data: [{ b64_json: "QQ==" }, { b64_json: "Qg==" }] });
  if (path.endsWith("/audio/speech")) return audio;
  if (path.includes("/audio/")) return reply({ text: "hello", usage: { type: "duration", seconds: 9 } });
  if (path.endsWith("/rerank"))
    return reply({ id: "r", results: [{ index: 0, relevance_score: 1 }], meta: { billed_units: { search_units: 2 } } });
  return reply({ id: "m", model: "host-model", results: [{ flagged: true, categories: {}, category_scores: {} }] });
}

function asked(host: OpenAiHost | undefined): HostHit {
  assert.ok(host);
  return host.lastHit;
}

function formOf(size: number): FormData {
  const data = new FormData();
  data.set("file", new Blob([Buffer.alloc(size)]), "a.wav");
  return data;
}

describe("OpenAI's other endpoints, by its own package and curl", () => {
  const parties = new Parties();
  let [first, second]: OpenAiHost[] = [];
  let service: RunningTestService;
  let client: OpenAI;
  let hosts: readonly OpenAiHost[] = [];

  const clientOf = (key: string): OpenAI => new OpenAI({ apiKey: key, baseURL: `${service.origin}/v1`, maxRetries: 0 });
  before(async () => {
    hosts = [await parties.host(), await parties.host()];
    [first, second] = hosts;
    assert.ok(first && second);
    service = await parties.service(config(first, second));
    client = clientOf(team);
    for (const host of hosts) host.always(answer);
  });
  afterEach(() => {
    assert.equal(service.router.inFlight, 0);
    for (const host of hosts) {
      host.reset();
      host.always(answer);
    }
  });
  after(() => parties.end());

  test("images are made, and cost what each costs", async () => {
    const { data, response } = await client.images.generate({ model: "paint", prompt: "a cat", n: 2, size: "1024x1024" }).withResponse();
    assert.equal(data.data?.length, 2);
    assert.equal(asked(first).path, "/v1/images/generations");
    assert.deepEqual(asked(first).json, { model: "paint-up", prompt: "a cat", n: 2, size: "1024x1024" });
    assert.equal(Number(response.headers.get("x-litellm-response-cost")), 0.08);
  });

  test("images are edited by a form that goes out byte for byte but for the model", async () => {
    const image = await toFile(sound, "a.png", { type: "image/png" });
    const { data, response } = await client.images.edit({ model: "paint", image, prompt: "blue" }).withResponse();
    assert.equal(data.data?.length, 2);
    const { body, headers, path } = asked(first);
    assert.equal(path, "/v1/images/edits");
    assert.ok(body.includes(sound) && body.includes("paint-up"));
    assert.match(headers["content-type"] ?? "", /^multipart\/form-data; boundary=/);
    assert.equal(Number(response.headers.get("x-litellm-response-cost")), 0.08);
  });

  test("images are edited by JSON that names them by their addresses, too", async () => {
    const body = { model: "paint", prompt: "blue", images: [{ image_url: "https://x.example/a.png" }], n: 1 };
    const headers = { authorization: `Bearer ${team}`, "content-type": "application/json" };
    const response = await fetch(`${service.origin}/v1/images/edits`, { method: "POST", headers, body: JSON.stringify(body) });
    assert.equal(response.status, 200);
    assert.deepEqual(asked(first).json, { ...body, model: "paint-up" });
    assert.equal(asked(first).headers["content-type"], "application/json");
  });

  test("a form that one deployment fails goes to the other, the same bytes", async () => {
    first?.once(hostError(503, { message: "busy" }));
    const file = await toFile(sound, "a.wav");
    const transcript = await client.audio.transcriptions.create({ model: "hear", file });
    assert.equal(transcript.text, "hello");
    assert.ok(asked(first).body.includes(sound));
    assert.deepEqual(asked(second).body, asked(first).body);
    const types = [first, second].map((host) => asked(host).headers["content-type"]);
    assert.equal(types[0], types[1]);
  });

  test("a transcript streams its events as they came", async () => {
    const events = ["transcript.text.delta", "transcript.text.done"].map(
      (type) => `event: ${type}\ndata: ${JSON.stringify({ type, delta: "hi", text: "hi" })}\n\n`,
    );
    first?.once({ kind: "stream", pieces: events });
    const stream = await client.audio.transcriptions.create({ model: "hear", file: await toFile(sound, "a.wav"), stream: true });
    const types: string[] = [];
    for await (const event of stream) types.push(event.type);
    assert.deepEqual(types, ["transcript.text.delta", "transcript.text.done"]);
  });

  test("speech comes as it is made, with its own type, from the deployment that makes any", async () => {
    first?.once(hostError(500, { message: "no voice" }));
    const speech = await client.audio.speech.create({ model: "voice", voice: "alloy", input: "hello" });
    assert.equal(speech.headers.get("content-type"), "audio/mpeg");
    assert.equal(speech.headers.get("x-huntgroup-attempted-retries"), "1");
    assert.deepEqual([...new Uint8Array(await speech.arrayBuffer())], [0xff, 0xfb, 1, 2, 3]);
    assert.equal(asked(second).path, "/v1/audio/speech");
  });

  test("a caller that leaves while it listens frees the deployment", async () => {
    first?.once({ ...audio, end: "hang" });
    const left = new AbortController();
    const speech = await client.audio.speech.create({ model: "voice", voice: "alloy", input: "hello" }, { signal: left.signal });
    await speech.body?.getReader().read();
    left.abort();
    await within(asked(first).hungUp, "the deployment is hung up on");
  });

  test("speech that is cut is broken off, and not taken for the whole", async () => {
    first?.once({ ...audio, end: "cut" });
    const speech = await client.audio.speech.create({ model: "voice", voice: "alloy", input: "hello" });
    await assert.rejects(speech.arrayBuffer());
  });

  test("moderations name the model as the caller did", async () => {
    const moderation = await client.moderations.create({ model: "guard", input: "x" });
    assert.deepEqual([moderation.model, moderation.results[0]?.flagged], ["guard", true]);
  });

  test("documents are ranked at each of the paths, and searches cost what they cost", async () => {
    for (const path of ["/rerank", "/v1/rerank", "/v2/rerank"]) {
      const body = JSON.stringify({ model: "rank", query: "q", documents: ["a"], top_n: 1 });
      const headers = { authorization: `Bearer ${team}`, "content-type": "application/json" };
      const response = await fetch(service.origin + path, { method: "POST", headers, body });
      assert.equal(response.status, 200);
      assert.equal(Number(response.headers.get("x-litellm-response-cost")), 0.004);
      assert.deepEqual(((await response.json()) as { results: unknown }).results, [{ index: 0, relevance_score: 1 }]);
    }
  });

  test("curl sends a file", async () => {
    const folder = await mkdtemp(join(tmpdir(), "huntgroup-form-"));
    try {
      const file = join(folder, "a.wav");
      await writeFile(file, sound);
      const url = `${service.origin}/openai/deployments/hear/audio/translations`;
      const { stdout } = await promisify(execFile)("curl", [
        "-s",
        "-H",
        `api-key: ${team}`,
        "-F",
        `file=@${file}`,
        "-F",
        "response_format=json",
        url,
      ]);
      assert.equal((JSON.parse(stdout) as { text: string }).text, "hello");
      assert.equal(asked(first).path, "/v1/audio/translations");
      assert.match(asked(first).body.toString("latin1"), /name="model"\r\n\r\nhear-up\r\n/);
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  test("a form that is too large is refused with 413, and one without a model with 400", async () => {
    const [tooLarge, refused] = await Promise.all(
      [1_100_000, 10].map((size) => {
        const init = { method: "POST", headers: { authorization: `Bearer ${team}` }, body: formOf(size) };
        return fetch(`${service.origin}/v1/audio/transcriptions`, init);
      }),
    );
    assert.ok(tooLarge && refused);
    assert.equal(tooLarge.status, 413);
    assert.equal(refused.status, 400);
    assert.match(await refused.text(), /The field `model` is required/);
  });

  test("a key that is for images alone is refused everything else with 403", async () => {
    await clientOf(painter).images.generate({ model: "paint", prompt: "x" });
    const refused = await clientOf(painter)
      .moderations.create({ model: "guard", input: "x" })
      .catch((error: unknown) => error);
    assert.ok(refused instanceof OpenAI.PermissionDeniedError);
    assert.match(refused.message, /may not call moderation/);
  });

  test("a budget counts images before they are made", async () => {
    const client = clientOf(poor);
    await client.images.generate({ model: "paint", prompt: "x", n: 2 });
    const [one, other] = await Promise.allSettled([
      client.images.generate({ model: "paint", prompt: "x", n: 2 }),
      client.images.generate({ model: "paint", prompt: "x", n: 2 }),
    ]);
    assert.deepEqual([one.status, other.status].toSorted(), ["fulfilled", "rejected"]);
    await assert.rejects(client.images.generate({ model: "paint", prompt: "x" }), OpenAI.RateLimitError);
  });

  test("a deployment of another format has no such operation", async () => {
    const refused = await client.images.generate({ model: "claude", prompt: "x" }).catch((error: unknown) => error);
    assert.ok(refused instanceof OpenAI.APIError);
    assert.match(refused.message, /image_generation/);
    const file = await toFile(sound, "a.wav");
    await assert.rejects(client.audio.transcriptions.create({ model: "claude", file }), /transcription/);
  });

  test("the built-in provider answers all of them", async () => {
    const model = "inside";
    const file = await toFile(sound, "a.wav");
    assert.equal((await client.images.generate({ model, prompt: "x", n: 3 })).data?.length, 3);
    assert.ok((await client.images.edit({ model, image: file, prompt: "x" })).data?.[0]?.b64_json);
    assert.match((await client.audio.transcriptions.create({ model, file })).text, /was sent a form of \d+ bytes/);
    assert.equal((await client.moderations.create({ model, input: ["a", "b"] })).results.length, 2);
    const wave = Buffer.from(await (await client.audio.speech.create({ model, voice: "a", input: "hi" })).arrayBuffer());
    assert.deepEqual([wave.toString("latin1", 0, 4), wave.readUInt32LE(40), wave.length], ["RIFF", 1_000, 1_044]);
    const events: string[] = [];
    for await (const event of await client.images.generate({ model, prompt: "x", stream: true })) events.push(event.type);
    assert.deepEqual(events, ["image_generation.partial_image", "image_generation.completed"]);
    const ranked = await client.post<{ results: { index: number }[] }>("/rerank", {
      body: { model, query: "the red cat", documents: ["a dog", "a red cat", "the red cat"], top_n: 2 },
    });
    assert.deepEqual(
      ranked.results.map(({ index }) => index),
      [2, 1],
    );
  });
});
