import assert from "node:assert/strict";
import { after, before, beforeEach, describe, test } from "node:test";
import OpenAI, { toFile } from "openai";
import { sha256 } from "../../src/lib/secret.ts";
import type { HostHit, OpenAiHost } from "../support/openai-host.ts";
import { hostError, type HostReply } from "../support/openai-replies.ts";
import { Parties } from "../support/parties.ts";

/** Two accounts that keep files and batches, by OpenAI's own package. */

const [master, team, other, poor, plain] = ["master", "team", "other", "poor", "plain"].map((name) => `sk-${name}-0123456789`) as [
  string,
  string,
  string,
  string,
  string,
];
const lines = Buffer.from(`{"custom_id":"1","body":{"model":"up"}}\n\0\xff\r\n--x\r\n`.repeat(2_000), "latin1");

const parties = new Parties();
let hosts: readonly [OpenAiHost, OpenAiHost];
let url: string;
let client: OpenAI;

/** What each host keeps: as strict as OpenAI, it knows its own ids alone. */
const kept = new Map<OpenAiHost, Map<string, Buffer>>();
let made = 0;

function fileOf(id: string): object {
  return {
    id,
    object: "file",
    bytes: 120,
    purpose: "batch",
    filename: "in.jsonl",
    extra: { id: "file-x" },
  };
}

function batchOf(id: string, input: string, status: string): object {
  return {
    id,
    object: "batch",
    endpoint: "/v1/chat/completions",
    input_file_id: input,
    output_file_id: `${input}-out`,
    error_file_id: null,
    status,
  };
}

const reply = (object: object): HostReply => ({ kind: "reply", body: object });

function answer(host: OpenAiHost, { method, path, body, json }: HostHit): HostReply {
  const own = kept.get(host) ?? new Map<string, Buffer>();
  const [kind, id, part] = path.replace(/^.*?\/(files|batches)/, "$1").split("/");
  if (id !== undefined && !own.has(id)) return hostError(404, { message: `No such ${kind}: ${id}`, type: "invalid_request_error" });
  if (kind === "files") {
    if (id === undefined) {
      const name = `file-${++made}`;
      own.set(name, body);
      return reply(fileOf(name));
    }
    if (part === "content")
      return {
        kind: "stream",
        headers: { "content-type": "application/jsonl" },
        pieces: [lines.subarray(0, 5_000), lines.subarray(5_000)],
      };
    if (method === "DELETE") own.delete(id);
    return reply(method === "DELETE" ? { id, object: "file", deleted: true } : fileOf(id));
  }
  if (id !== undefined) return reply(batchOf(id, "file-1", part === "cancel" ? "cancelling" : "in_progress"));
  const { input_file_id: input = "" } = json as { input_file_id?: string };
  if (!own.has(input)) return hostError(400, { message: `Invalid file: ${input}`, type: "invalid_request_error" });
  const name = `batch_${++made}`;
  own.set(name, body);
  return reply(batchOf(name, input, "validating"));
}

function clientOf(apiKey: string, defaultHeaders: Readonly<Record<string, string>> = { "x-huntgroup-model": "m" }): OpenAI {
  return new OpenAI({ apiKey, baseURL: `${url}/v1`, maxRetries: 0, defaultHeaders });
}

function newFile(by = client, body: Readonly<Record<string, string>> = {}): Promise<OpenAI.FileObject> {
  return toFile(lines, "in.jsonl", { type: "application/jsonl" }).then((file) => by.files.create({ file, purpose: "batch", ...body }));
}

function hitOf(at: OpenAiHost): HostHit {
  return at.lastHit;
}

/** The host that was asked once, and of which nothing else was. */
function asked(): OpenAiHost {
  const [one, second] = hosts.filter(({ hits }) => hits.length > 0);
  assert.ok(one !== undefined && second === undefined, "one host alone was asked");
  return one;
}

describe("files and batches, by OpenAI's own package", () => {
  before(async () => {
    hosts = [await parties.host(), await parties.host()];
    const entries = hosts.map(
      ({ apiBase }, index) => `
  - {model_name: m, litellm_params: {model: openai/up, api_base: "${apiBase}", api_key: sk-up-0123456789, cooldown_time: 0}, model_info: {id: d${index}}}`,
    );
    const service = await parties.service(`
general_settings: {master_key: ${master}, id_secret: 0123456789abcdef}
router_settings: {num_retries: 1, retry_after: 0, routing_strategy: round-robin}
model_list:${entries.join("")}
  - {model_name: az, litellm_params: {model: azure/gpt, api_base: "${hosts[0].origin}", api_key: sk-az-0123456789, api_version: 2025-04-01-preview}}
  - {model_name: claude, litellm_params: {model: anthropic/claude-sonnet-4-5, api_key: sk-ant-0123456789}}
  - {model_name: inside, litellm_params: {model: mock/m}}
keys:
  - {name: team, sha256: ${sha256(team)}, endpoints: [files, batches]}
  - {name: other, sha256: ${sha256(other)}, endpoints: [calls, files, batches]}
  - {name: poor, sha256: ${sha256(poor)}, endpoints: [files, batches], tpm: 1000}
  - {name: plain, sha256: ${sha256(plain)}}
`);
    url = service.origin;
    client = clientOf(team);
  });

  after(() => parties.end());

  beforeEach(() => {
    for (const host of hosts) {
      host.reset();
      kept.set(host, new Map());
      host.always((hit) => answer(host, hit));
    }
  });

  test("what is done with a file goes to the deployment that keeps it, by an id that is the caller's alone", async () => {
    for (let round = 0; round < 3; round++) {
      for (const host of hosts) host.hits.length = 0;
      const file = await newFile();
      assert.match(file.id, /^file-1[\w-]{30,}$/);
      assert.deepEqual((file as unknown as { extra: object }).extra, { id: "file-x" });
      const host = asked();
      const created = hitOf(host);
      assert.equal(created.path, "/v1/files");
      assert.ok(created.body.includes(lines), "the file's bytes");
      assert.equal((await client.files.retrieve(file.id)).id, file.id);
      const content = await client.files.content(file.id);
      assert.equal(content.headers.get("content-type"), "application/jsonl");
      assert.ok(Buffer.from(await content.arrayBuffer()).equals(lines));
      assert.deepEqual(await client.files.delete(file.id), { id: file.id, object: "file", deleted: true });
      await assert.rejects(client.files.retrieve(file.id), { status: 404 });
      assert.equal(asked(), host);
      assert.equal(
        host.hits.every(({ headers }) => headers.authorization === "Bearer sk-up-0123456789"),
        true,
      );
    }
  });

  test("a form says by a field whose file it is, and the fields that say so go no further", async () => {
    const plainClient = clientOf(team, {});
    for (const fields of [{ model: "m" }, { target_model_names: "m, inside" }]) {
      for (const host of hosts) host.hits.length = 0;
      await newFile(plainClient, fields);
      const text = hitOf(asked()).body.toString("latin1");
      assert.doesNotMatch(text, /name="(?:model|target_model_names)"/);
      assert.match(text, /name="purpose"/);
    }
    const nameless = await newFile(plainClient).catch((error: unknown) => error);
    assert.ok(nameless instanceof OpenAI.BadRequestError);
    assert.match(nameless.message, /x-huntgroup-model/);
  });

  test("a new file that one deployment fails goes to the other", async () => {
    for (const host of hosts) {
      host.hits.length = 0;
      host.once(hostError(503, { message: "busy" }));
    }
    // The first of the two is busy, and so is the second at its first request: one of them is asked again.
    await assert.rejects(newFile(), { status: 503 });
    hosts[0].once(hostError(503, { message: "busy" }));
    await newFile();
    await newFile();
    assert.equal(hosts[0].hits.length + hosts[1].hits.length, 5);
  });

  test("another key's file is not found, nor is a provider's own id, and nobody is asked", async () => {
    const file = await newFile();
    for (const host of hosts) host.hits.length = 0;
    for (const [by, id] of [
      [other, file.id],
      [master, file.id],
      [team, "file-1"],
      [team, `${file.id}A`],
    ] as const) {
      await assert.rejects(clientOf(by).files.retrieve(id), { status: 404 }, by);
      await assert.rejects(clientOf(by).files.content(id), { status: 404 }, by);
    }
    assert.deepEqual([hosts[0].hits.length, hosts[1].hits.length], [0, 0]);
  });

  test("lists are refused, and say why", async () => {
    for (const list of [client.files.list(), client.batches.list()]) {
      const error = await list.catch((fault: unknown) => fault);
      assert.ok(error instanceof OpenAI.APIError);
      assert.deepEqual([error.status, error.code], [501, "not_offered"]);
      assert.match(error.message, /other callers/);
    }
  });

  test("a key that does not name files may not use them, and the master key may", async () => {
    await assert.rejects(newFile(clientOf(plain)), { status: 403 });
    await newFile(clientOf(master));
  });

  test("deployments that keep no files are not asked", async () => {
    for (const model of ["claude", "inside"])
      await assert.rejects(
        newFile(clientOf(team, { "x-huntgroup-model": model })),
        { status: 400, type: "invalid_request_error", code: "operation_not_supported" },
        model,
      );
  });

  test("Azure keeps files beside its deployments", async () => {
    const azure = clientOf(team, { "x-huntgroup-model": "az" });
    const { id } = await newFile(azure);
    await azure.files.retrieve(id);
    assert.deepEqual(
      hosts[0].hits.map(({ method, path, query }) => `${method} ${path} ${query.get("api-version")}`),
      ["POST /openai/files 2025-04-01-preview", `GET /openai/files/file-${made} 2025-04-01-preview`],
    );
  });

  const asks = { endpoint: "/v1/chat/completions", completion_window: "24h" } as const;

  test("a batch is made where its file is kept, and looked at and cancelled there", async () => {
    for (let round = 0; round < 3; round++) {
      for (const host of hosts) host.hits.length = 0;
      const file = await newFile();
      const host = asked();
      const batch = await client.batches.create({ ...asks, input_file_id: file.id, metadata: { a: "b" } });
      const sent = hitOf(host).json as { input_file_id?: string; model?: string; metadata?: object };
      assert.match(sent.input_file_id ?? "", /^file-\d+$/);
      assert.deepEqual([sent.model, sent.metadata], [undefined, { a: "b" }]);
      assert.match(batch.id, /^batch_1[\w-]{30,}$/);
      assert.equal(batch.input_file_id, file.id);
      assert.match(batch.output_file_id ?? "", /^file-1[\w-]{30,}$/);
      assert.equal(batch.error_file_id, null);
      assert.equal((await client.batches.retrieve(batch.id)).id, batch.id);
      assert.equal((await client.batches.cancel(batch.id)).status, "cancelling");
      assert.equal(asked(), host);
    }
  });

  test("a batch of another key's file, or of a provider's own id, is not found", async () => {
    const file = await newFile();
    for (const host of hosts) host.hits.length = 0;
    for (const [by, id] of [
      [other, file.id],
      [team, "file-1"],
    ] as const)
      await assert.rejects(clientOf(by).batches.create({ ...asks, input_file_id: id }), { status: 404, param: "input_file_id" });
    assert.deepEqual([hosts[0].hits.length, hosts[1].hits.length], [0, 0]);
  });

  test("a key with a limit of tokens makes no batches, since nobody would count them", async () => {
    const file = await newFile(clientOf(poor));
    const error = await clientOf(poor)
      .batches.create({ ...asks, input_file_id: file.id })
      .catch((fault: unknown) => fault);
    assert.ok(error instanceof OpenAI.PermissionDeniedError);
    assert.match(error.message, /tpm/);
  });

  test("a batch that a host perhaps made is not made again", async () => {
    const file = await newFile();
    const host = asked();
    host.hits.length = 0;
    host.once(hostError(500, { message: "lost it" }));
    await assert.rejects(client.batches.create({ ...asks, input_file_id: file.id }), { status: 500 });
    assert.equal(host.hits.length, 1);
  });
});
