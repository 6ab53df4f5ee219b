import { Code, ConnectError, createClient, type Client, type Transport } from "@connectrpc/connect";
import { createConnectTransport, createGrpcTransport, createGrpcWebTransport } from "@connectrpc/connect-node";
import assert from "node:assert/strict";
import { after, afterEach, before, describe, test } from "node:test";
import { ErrorInfoSchema, RetryInfoSchema } from "../../gen/google/rpc/error_details_pb.ts";
import { AdminService, Eligibility } from "../../gen/huntgroup/v1/admin_pb.ts";
import { ChatService } from "../../gen/huntgroup/v1/chat_pb.ts";
import { askUntilHeard } from "../support/ask-until-heard.ts";
import { eventually } from "../support/eventually.ts";
import { FakeClock } from "../support/fake-clock.ts";
import { hostConfig, publicModel, upstreamModel } from "../support/host-config.ts";
import type { OpenAiHost } from "../support/openai-host.ts";
import { chatEvents, hostError, hostWords } from "../support/openai-replies.ts";
import { Parties } from "../support/parties.ts";
import type { RunningTestService } from "../support/start-service.ts";
import { within } from "../support/within.ts";

const request = {
  model: publicModel,
  messages: [{ role: "user", content: { kind: { case: "stringValue" as const, value: "Say hello." } } }],
};

/** Every way in which a Connect client can speak. gRPC is HTTP/2 only. */
const ways: readonly { readonly name: string; readonly connect: (baseUrl: string) => Transport }[] = [
  ...(["1.1", "2"] as const).flatMap((httpVersion) =>
    [true, false].flatMap((useBinaryFormat) => {
      const how = `${useBinaryFormat ? "binary" : "JSON"} over HTTP/${httpVersion}`;
      return [
        {
          name: `Connect, ${how}`,
          connect: (baseUrl: string) => createConnectTransport({ baseUrl, httpVersion, useBinaryFormat }),
        },
        {
          name: `gRPC-Web, ${how}`,
          connect: (baseUrl: string) => createGrpcWebTransport({ baseUrl, httpVersion, useBinaryFormat }),
        },
      ];
    }),
  ),
  { name: "gRPC, binary", connect: (baseUrl) => createGrpcTransport({ baseUrl }) },
  { name: "gRPC, JSON", connect: (baseUrl) => createGrpcTransport({ baseUrl, useBinaryFormat: false }) },
];

describe("a Connect client in Node, on the port of REST", () => {
  const parties = new Parties();
  let host: OpenAiHost;
  /** Nobody moves its clock on: what it does all the same has waited for no timer. */
  let service: RunningTestService;
  /** Time passes here as it does for callers. */
  let timelyService: RunningTestService;

  before(async () => {
    host = await parties.host();
    service = await parties.service(hostConfig(host), { clock: new FakeClock() });
    timelyService = await parties.service(hostConfig(host));
  });
  afterEach(() => {
    for (const { router } of [service, timelyService]) assert.equal(router.inFlight, 0);
    host.reset();
  });
  after(() => parties.end());

  test("shares it with REST", async () => {
    const response = await fetch(`${service.origin}/v1/models`);
    assert.equal(response.status, 200);
    assert.equal(
      await createClient(ChatService, ways[0]!.connect(service.origin))
        .chatCompletion(request)
        .then((reply) => reply.model),
      publicModel,
    );
  });

  for (const { name, connect } of ways) {
    describe(name, () => {
      let chat: Client<typeof ChatService>;
      let admin: Client<typeof AdminService>;

      before(() => {
        const transport = connect(service.origin);
        chat = createClient(ChatService, transport);
        admin = createClient(AdminService, transport);
      });

      test("chats, and hears which deployment answered", async () => {
        let deployment: string | null = null;
        const response = await chat.chatCompletion(request, {
          onHeader: (headers) => (deployment = headers.get("x-huntgroup-model-id")),
        });
        assert.equal(response.model, publicModel);
        assert.equal(response.choices[0]?.message?.content, hostWords.join(""));
        assert.equal(deployment, "the-one");
        assert.deepEqual(host.lastHit.json, { model: upstreamModel, messages: [{ role: "user", content: "Say hello." }] });
      });

      test("streams", async () => {
        const words: string[] = [];
        for await (const chunk of chat.chatCompletionStream(request)) {
          const content = chunk.choices[0]?.delta?.content;
          if (content !== undefined && content !== "") words.push(content);
        }
        assert.deepEqual(words, hostWords);
        assert.equal(host.lastHit.json.stream, true);
      });

      test("lists the deployments", async () => {
        const { deployments } = await admin.listDeployments({});
        assert.deepEqual(
          deployments.map(({ id, group, eligibility }) => ({ id, group, eligibility })),
          [{ id: "the-one", group: publicModel, eligibility: Eligibility.ELIGIBLE }],
        );
      });

      test("reads an error's code and details", async () => {
        host.once(hostError(429, { message: "Slow down." }, { "retry-after": "3" }));
        const error = await failure(chat.chatCompletion(request));
        assert.equal(error.code, Code.ResourceExhausted);
        assert.equal(error.findDetails(ErrorInfoSchema)[0]?.reason, "upstream_rate_limited");
        assert.equal(error.findDetails(RetryInfoSchema)[0]?.retryDelay?.seconds, 3n);
      });

      test("frees the host at once when it gives a stream up", async () => {
        host.always({ kind: "stream", pieces: chatEvents(hostWords).slice(0, -2), end: "hang" });
        const hangUp = new AbortController();
        const read = async (): Promise<void> => {
          for await (const chunk of chat.chatCompletionStream(request, { signal: hangUp.signal })) {
            if (chunk.choices[0]?.delta?.content === hostWords.at(-1)) hangUp.abort();
          }
        };
        const reading = failure(read());
        const hit = await host.nextHit();
        await reading;
        await within(hit.hungUp, "the host's client hung up");
      });

      test("is bound by its deadline, which frees the host", async () => {
        host.always({ kind: "hang" });
        const client = createClient(ChatService, connect(timelyService.origin));
        const error = await askUntilHeard(
          () => host.hits.length,
          (timeoutMs) => failure(client.chatCompletion(request, { timeoutMs })),
        );
        assert.equal(error.code, Code.DeadlineExceeded);
        await within(host.lastHit.hungUp, "the host's client hung up");
        // A call before it may have come late.
        await eventually(async () => assert.equal(timelyService.router.inFlight, 0));
      });
    });
  }
});

async function failure(call: Promise<unknown>): Promise<ConnectError> {
  return await call.then(
    () => assert.fail("the call succeeded"),
    (error: unknown) => ConnectError.from(error),
  );
}
