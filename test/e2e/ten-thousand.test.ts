import { createClient, type Client } from "@connectrpc/connect";
import { createConnectTransport, createGrpcTransport } from "@connectrpc/connect-node";
import assert from "node:assert/strict";
import { once } from "node:events";
import { Agent, request, type IncomingMessage } from "node:http";
import { join } from "node:path";
import { test } from "node:test";
import { inspect } from "node:util";
import { AdminService, DeploymentState } from "../../gen/huntgroup/v1/admin_pb.ts";
import { ChatService, type ChatCompletionStreamResponse } from "../../gen/huntgroup/v1/chat_pb.ts";
import { inFolder } from "../control/support/control-fixture.ts";
import { GrpcClient, grpcChat } from "../support/grpc-client.ts";
import { startService, type RunningTestService } from "../support/start-service.ts";

/** What operators do to a router in a day, all of it under load. Nobody who calls may notice, and every change counts from the next pick on. */
const masterKey = "sk-ten-thousand-master-key";
const leastRequests = 10_000;
/** Of each kind of client; those whose calls cost the most are the fewest. */
const callers: Readonly<Record<string, number>> = {
  "REST, unary": 16,
  "REST, stream": 9,
  "gRPC, unary": 5,
  "Connect over HTTP/1.1, stream": 1,
  "gRPC by Connect's client, stream": 1,
};
/** What is served between two changes. */
const betweenChanges = 500;

const entry = (id: string) => ({
  model_name: "g",
  litellm_params: {
    model: `mock/${id}`,
    mock_response: `A whole answer of ${id}`,
    mock: { first_token_ms: id.length % 3, tokens_per_second: 100_000 },
  },
  model_info: { id },
});
const file = (...ids: readonly string[]) =>
  JSON.stringify({ model_list: ids.map(entry), router_settings: { num_retries: 0 }, general_settings: { master_key: masterKey } });

/** What a call came to: the deployment that the head names, where the client shows heads, and all content. */
interface Answer {
  readonly modelId: string | undefined;
  readonly content: string;
}

/** Asks `g`, and fails unless the answer is whole. */
type Ask = () => Promise<Answer>;

const modelIdHeader = "x-huntgroup-model-id";

function asksOf(service: RunningTestService, grpc: GrpcClient, agent: Agent): Readonly<Record<string, Ask>> {
  const rest = async (stream: boolean) => {
    const asked = request({
      port: service.port,
      host: service.host,
      agent,
      method: "POST",
      path: "/v1/chat/completions",
      headers: { "content-type": "application/json", authorization: `Bearer ${masterKey}` },
    });
    asked.end(JSON.stringify({ model: "g", stream, messages: [{ role: "user", content: "hi" }] }));
    const [response] = (await once(asked, "response")) as [IncomingMessage];
    let body = "";
    for await (const piece of response.setEncoding("utf8")) body += piece as string;
    assert.equal(response.statusCode, 200, body);
    return { modelId: response.headers[modelIdHeader] as string | undefined, body };
  };
  const connect = createClient(ChatService, createConnectTransport({ baseUrl: service.origin, httpVersion: "1.1" }));
  const connectGrpc = createClient(ChatService, createGrpcTransport({ baseUrl: service.origin }));
  return {
    async "REST, unary"() {
      const { modelId, body } = await rest(false);
      const { choices } = JSON.parse(body) as { choices: { message: { content: string }; finish_reason: string }[] };
      assert.equal(choices[0]?.finish_reason, "stop");
      return { modelId, content: choices[0].message.content };
    },
    async "REST, stream"() {
      const { modelId, body } = await rest(true);
      const events = [...body.matchAll(/^data: (.*)$/gm)].map(([, data = ""]) => data);
      assert.equal(events.pop(), "[DONE]");
      const chunks = events.map((data) => JSON.parse(data) as { choices: { delta: { content?: string }; finish_reason: string | null }[] });
      assert.ok(chunks.some(({ choices }) => choices[0]?.finish_reason === "stop"));
      return { modelId, content: chunks.map(({ choices }) => choices[0]?.delta.content ?? "").join("") };
    },
    async "gRPC, unary"() {
      const { choices } = await grpc.unary("huntgroup.v1.ChatService/ChatCompletion", grpcChat("g", "hi"));
      const [choice] = choices as { message: { content: { stringValue: string } | string } }[];
      const content = choice?.message.content;
      return { modelId: undefined, content: typeof content === "string" ? content : (content?.stringValue ?? "") };
    },
    "Connect over HTTP/1.1, stream": () => streamed(connect),
    "gRPC by Connect's client, stream": () => streamed(connectGrpc),
  };
}

async function streamed(client: Client<typeof ChatService>): Promise<Answer> {
  let modelId: string | undefined;
  const chunks: ChatCompletionStreamResponse[] = [];
  const question = { model: "g", messages: [{ role: "user", content: { kind: { case: "stringValue" as const, value: "hi" } } }] };
  const answer = client.chatCompletionStream(question, {
    headers: { authorization: `Bearer ${masterKey}` },
    onHeader: (headers) => void (modelId = headers.get(modelIdHeader) ?? undefined),
  });
  for await (const chunk of answer) chunks.push(chunk);
  assert.ok(chunks.some(({ choices }) => choices[0]?.finishReason === "stop"));
  return { modelId, content: chunks.map(({ choices }) => choices[0]?.delta?.content ?? "").join("") };
}

/** Callers that go on until they are told to end, and what they saw. */
class Load {
  requests = 0;
  /** Of each kind of client. */
  readonly asked = new Map<string, number>();
  readonly failures: string[] = [];
  /** Whom it reached how often. */
  readonly reached = new Map<string, number>();
  /** Deployments that nothing may reach that was sent from now on. */
  readonly #shut = new Map<string, symbol>();
  readonly #callers: Promise<void>[];
  #isOver = false;

  constructor(asks: Readonly<Record<string, Ask>>) {
    this.#callers = Object.entries(asks).flatMap(([name, ask]) => Array.from({ length: callers[name] ?? 0 }, () => this.#call(name, ask)));
  }

  shut(id: string): void {
    this.#shut.set(id, Symbol(id));
  }

  open(id: string): void {
    this.#shut.delete(id);
  }

  /** Waits until so many more were served, or too much has failed. */
  async more(count: number): Promise<void> {
    const enough = this.requests + count;
    while (this.requests < enough && this.#goesOn) await new Promise((resolve) => setTimeout(resolve, 5));
  }

  /** Waits until calls reach a deployment. */
  async untilReached(id: string): Promise<void> {
    const before = this.reached.get(id) ?? 0;
    const latest = this.requests + leastRequests;
    while (this.#goesOn && (this.reached.get(id) ?? 0) === before) {
      assert.ok(this.requests < latest, `nothing reached ${id}`);
      await this.more(10);
    }
  }

  async end(): Promise<void> {
    this.#isOver = true;
    await Promise.all(this.#callers);
  }

  get #goesOn(): boolean {
    return this.failures.length < 20;
  }

  async #call(name: string, ask: Ask): Promise<void> {
    while (!this.#isOver && this.#goesOn) {
      const shut = new Map(this.#shut);
      try {
        const { modelId, content } = await ask();
        const id = /^A whole answer of (\w+)$/.exec(content)?.[1];
        assert.ok(id !== undefined, `not the whole answer: ${JSON.stringify(content)}`);
        if (modelId !== undefined) assert.equal(modelId, id);
        this.reached.set(id, (this.reached.get(id) ?? 0) + 1);
        // Where it was opened and shut again meanwhile nothing can be said.
        const mark = shut.get(id);
        if (mark !== undefined) assert.notEqual(this.#shut.get(id), mark, `${id} was reached after the change that shut it`);
      } catch (error) {
        this.failures.push(`${name}: ${inspect(error)}`);
      }
      this.requests++;
      this.asked.set(name, (this.asked.get(name) ?? 0) + 1);
    }
  }
}

test("ten thousand requests go through all that operators do: none fails, no stream is cut, and each change counts from the next pick on", async () => {
  await inFolder(async (folder) => {
    const service = await startService(file("a", "bb", "ccc"), { stateFile: join(folder, "state.json") });
    const agent = new Agent({ keepAlive: true });
    const grpc = new GrpcClient(service.port, masterKey);
    const admin = createClient(AdminService, createGrpcTransport({ baseUrl: service.origin }));
    const options = { headers: { authorization: `Bearer ${masterKey}` } };
    const load = new Load(asksOf(service, grpc, agent));
    const idsNow = async () => (await admin.listDeployments({}, options)).deployments.map(({ id }) => id).toSorted();
    try {
      await load.more(betweenChanges);
      for (const id of ["a", "bb", "ccc"]) assert.ok(load.reached.has(id), id);

      // Weights, at once: here and back, by both makes of client.
      await admin.setWeights({ weights: { a: 0, bb: 1, ccc: 1 } }, options);
      load.shut("a");
      await load.more(betweenChanges);
      load.open("a");
      await grpc.unary("huntgroup.v1.AdminService/SetWeights", { weights: { a: 1, bb: 0, ccc: 0 } });
      load.shut("bb");
      load.shut("ccc");
      await load.more(betweenChanges);
      load.open("bb");
      load.open("ccc");

      // Weights, bit by bit.
      const { changes } = await admin.setWeights({ weights: { a: 0, bb: 1, ccc: 1 }, over: { seconds: 1n, nanos: 0 } }, options);
      assert.ok(changes.some(({ deploymentId, before }) => deploymentId === "a" && before === 1));
      while ((await admin.getDeployment({ deploymentId: "a" }, options)).deployment?.weight !== 0) await load.more(50);
      load.shut("a");
      await load.more(betweenChanges);
      load.open("a");
      await admin.setWeights({ weights: { a: 1 } }, options);
      await load.untilReached("a");

      // States.
      await admin.setDeploymentState({ deploymentId: "bb", state: DeploymentState.DRAINING }, options);
      load.shut("bb");
      await load.more(betweenChanges);
      load.open("bb");
      await admin.setDeploymentState({ deploymentId: "bb", state: DeploymentState.ACTIVE }, options);
      await load.untilReached("bb");

      // The file: one comes, one goes.
      await service.rewrite(file("a", "bb", "dddd"));
      const report = await admin.reloadConfig({}, options);
      assert.deepEqual([report.ok, report.addedIds, report.removedIds], [true, ["dddd"], ["ccc"]]);
      load.shut("ccc");
      await load.more(betweenChanges);
      await load.untilReached("dddd");

      // The same without the file.
      await admin.addDeployment({ entry: entry("eeeee") }, options);
      await load.untilReached("eeeee");
      await load.more(betweenChanges);
      await admin.removeDeployment({ deploymentId: "a" }, options);
      load.shut("a");
      await load.more(betweenChanges);

      // Strategies.
      for (const strategy of ["least-busy", "latency-based-routing", "round-robin"]) {
        const { after } = await admin.setRoutingStrategy({ group: "g", strategy }, options);
        assert.equal(after, strategy);
        await load.more(betweenChanges);
      }
      assert.deepEqual(await idsNow(), ["bb", "dddd", "eeeee"]);
      await load.more(leastRequests - load.requests);
    } finally {
      await load.end();
      grpc.close();
      agent.destroy();
      await service.stop();
    }
    assert.deepEqual(load.failures, []);
    assert.ok(load.requests >= leastRequests, `${load.requests} requests`);
  });
});
