import { createClient, type Client } from "@connectrpc/connect";
import { createConnectTransport, createGrpcTransport } from "@connectrpc/connect-node";
import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { inspect } from "node:util";
import { ChatService } from "../../gen/huntgroup/v1/chat_pb.ts";
import { GrpcClient, grpcChat } from "../support/grpc-client.ts";
import { served, startProgram, type Program } from "../support/program.ts";

/**
 * A release as operators roll it: the next process comes up, the one before gets SIGTERM, and a balancer that knows nothing but
 * readiness moves the calls. Nobody may notice.
 */
const folder = mkdtempSync(join(tmpdir(), "huntgroup-roll-"));
after(() => rmSync(folder, { recursive: true }));
const masterKey = "sk-roll-master-key";
const config = join(folder, "config.yaml");
writeFileSync(
  config,
  `model_list:
  - model_name: fast
    litellm_params: { model: mock/m, mock: { first_token_ms: 20, tokens_per_second: 125, output_tokens: 10 } }
  - model_name: slow
    litellm_params: { model: mock/m, mock: { first_token_ms: 5, tokens_per_second: 10, output_tokens: 30 } }
general_settings: { master_key: os.environ/ROLL_KEY }
`,
);
/** Long beside the balancer's polling, so that a machine that is busy with other things does not decide the test. */
const drainDelaySeconds = 3;
const freshMs = 200;
const leastRequests = 2_000;

/** One process, with a client of each kind that keeps its connections. */
class Target {
  readonly program: Program = startProgram(
    ["serve", "--config", config, "--port", "0", "--drain-delay-seconds", String(drainDelaySeconds)],
    { ROLL_KEY: masterKey },
  );
  origin = "";
  grpc: GrpcClient | undefined;
  connect: Client<typeof ChatService> | undefined;
  connectGrpc: Client<typeof ChatService> | undefined;
  ready = false;
  polledAt = -Infinity;
  served = 0;
  /** Calls that are under way. */
  open = 0;

  static async start(): Promise<Target> {
    const target = new Target();
    target.origin = await served(target.program);
    target.grpc = new GrpcClient(Number(new URL(target.origin).port), masterKey);
    const baseUrl = target.origin;
    target.connect = createClient(ChatService, createConnectTransport({ baseUrl, httpVersion: "1.1" }));
    target.connectGrpc = createClient(ChatService, createGrpcTransport({ baseUrl }));
    await target.poll();
    assert.equal(target.ready, true);
    return target;
  }

  #polling: Promise<void> | undefined;

  /** One question at a time, whoever wants to know. */
  poll(): Promise<void> {
    this.#polling ??= this.#ask().finally(() => (this.#polling = undefined));
    return this.#polling;
  }

  async #ask(): Promise<void> {
    const at = performance.now();
    // A process that is gone is not ready either.
    const response = await fetch(`${this.origin}/health/readiness`).catch(() => undefined);
    await response?.arrayBuffer();
    this.ready = response?.status === 200;
    this.polledAt = at;
  }
}

/** Sends calls to targets whose readiness it has seen lately, in turn. */
class Balancer {
  targets: readonly Target[] = [];
  #next = 0;

  async pick(): Promise<Target> {
    for (;;) {
      const stale = this.targets.filter(({ polledAt }) => performance.now() - polledAt > freshMs);
      await Promise.all(stale.map((target) => target.poll()));
      const ready = this.targets.filter((target) => target.ready);
      const target = ready[this.#next++ % ready.length];
      if (target !== undefined && performance.now() - target.polledAt <= freshMs) return target;
    }
  }
}

type Ask = (target: Target, model: string) => Promise<void>;

const wordsOf = { fast: 10, slow: 30 } as const;
const question = (model: string) => ({
  model,
  messages: [{ role: "user", content: { kind: { case: "stringValue" as const, value: "hi" } } }],
});
const callOptions = { headers: { authorization: `Bearer ${masterKey}` } };

function rest(model: string, stream: boolean): RequestInit {
  return {
    method: "POST",
    headers: { "content-type": "application/json", authorization: `Bearer ${masterKey}` },
    body: JSON.stringify({ model, stream, messages: [{ role: "user", content: "hi" }] }),
  };
}

/** Every stream tells by its end that it is whole; what a call returns is looked at, not only that it returns. */
const asks: Readonly<Record<string, Ask>> = {
  async "REST, unary"({ origin }, model) {
    const response = await fetch(`${origin}/v1/chat/completions`, rest(model, false));
    const text = await response.text();
    assert.equal(response.status, 200, text);
    assert.match(text, /"finish_reason":\s*"/);
  },
  async "REST, stream"({ origin }, model) {
    const response = await fetch(`${origin}/v1/chat/completions`, rest(model, true));
    const text = await response.text();
    assert.equal(response.status, 200, text);
    assert.match(text, /data: \[DONE\]\s*$/);
  },
  async "gRPC, unary"({ grpc }, model) {
    const response = await grpc!.unary("huntgroup.v1.ChatService/ChatCompletion", grpcChat(model, "hi"));
    assert.equal((response["choices"] as unknown[]).length, 1);
  },
  async "gRPC, stream"({ grpc }, model) {
    let chunks = 0;
    for await (const chunk of grpc!.stream("huntgroup.v1.ChatService/ChatCompletionStream", grpcChat(model, "hi"))) {
      if (chunk["choices"] !== undefined) chunks++;
    }
    assert.ok(chunks > wordsOf[model as keyof typeof wordsOf] / 2, `${chunks} chunks`);
  },
  async "Connect over HTTP/1.1, stream"({ connect }, model) {
    await wholeStream(connect!, model);
  },
  async "gRPC by Connect's client, stream"({ connectGrpc }, model) {
    await wholeStream(connectGrpc!, model);
  },
};

/** Leaves the processor to those who are waited for. */
const moment = () => sleep(10);

async function wholeStream(client: Client<typeof ChatService>, model: string): Promise<void> {
  let finished = false;
  for await (const chunk of client.chatCompletionStream(question(model), callOptions)) {
    finished ||= chunk.choices.some(({ finishReason }) => finishReason !== undefined && finishReason !== "");
  }
  assert.ok(finished, "no finish reason");
}

test("a roll of the fleet, process by process, fails no request and cuts no stream", async () => {
  const balancer = new Balancer();
  const failures: string[] = [];
  let requests = 0;
  const rolled = new AbortController();

  const caller = async (name: string, ask: Ask, model: string): Promise<void> => {
    while ((!rolled.signal.aborted || requests < leastRequests) && failures.length < 20) {
      const target = await balancer.pick();
      target.open++;
      try {
        await ask(target, model);
      } catch (error) {
        failures.push(`${name} of ${model}: ${inspect(error)}`);
      }
      target.open--;
      target.served++;
      requests++;
    }
  };

  const [first, second] = await Promise.all([Target.start(), Target.start()]);
  balancer.targets = [first, second];
  const everybody = [first, second];
  const callers = Object.entries(asks).flatMap(([name, ask]) => [
    ...Array.from({ length: 4 }, () => caller(name, ask, "fast")),
    ...Array.from({ length: 2 }, () => caller(name, ask, "slow")),
  ]);

  try {
    for (const old of [first, second]) {
      const next = await Target.start();
      everybody.push(next);
      balancer.targets = [...balancer.targets, next];
      // Everybody has had its share, and the old one is in the middle of it.
      while (next.served < 100) await moment();
      while (old.open < callers.length / 6) await moment();
      old.program.child.kill("SIGTERM");
      assert.equal(await old.program.exit, 0, old.program.err());
      assert.equal(old.open, 0);
      balancer.targets = balancer.targets.filter((target) => target !== old);
    }
  } finally {
    rolled.abort();
    await Promise.all(callers);
    for (const target of everybody) {
      target.grpc?.close();
      target.program.child.kill("SIGTERM");
    }
    await Promise.all(everybody.map(({ program }) => program.exit));
  }
  assert.deepEqual(failures, []);
  assert.ok(requests >= leastRequests, `${requests} requests`);
  for (const { served, program } of everybody) {
    assert.ok(served >= 100, `${served} served`);
    assert.doesNotMatch(program.out() + program.err(), /"level":"error"|internal error|were cut|was cut/);
  }
});
