import { createClient, type Transport } from "@connectrpc/connect";
import { createConnectTransport, createGrpcWebTransport } from "@connectrpc/connect-web";
import { AdminService, Eligibility } from "../../gen/huntgroup/v1/admin_pb.ts";
import { ChatService } from "../../gen/huntgroup/v1/chat_pb.ts";

/** What a web page does with the service. Bundled by the test that drives a browser with it; `huntgroup` is what that test calls. */

export type Protocol = "connect" | "connect-json" | "grpc-web";

function transport(baseUrl: string, protocol: Protocol): Transport {
  switch (protocol) {
    case "connect":
      return createConnectTransport({ baseUrl, useBinaryFormat: true });
    case "connect-json":
      return createConnectTransport({ baseUrl });
    case "grpc-web":
      return createGrpcWebTransport({ baseUrl });
    default:
      return protocol satisfies never;
  }
}

function chatRequest(model: string) {
  return { model, messages: [{ role: "user", content: { kind: { case: "stringValue" as const, value: "Say hello." } } }] };
}

const huntgroup = {
  async chat(baseUrl: string, protocol: Protocol, model: string) {
    let deployment: string | null = null;
    const response = await createClient(ChatService, transport(baseUrl, protocol)).chatCompletion(chatRequest(model), {
      onHeader: (headers) => (deployment = headers.get("x-huntgroup-model-id")),
    });
    return { text: response.choices[0]?.message?.content, model: response.model, deployment };
  },

  async stream(baseUrl: string, protocol: Protocol, model: string) {
    const words: string[] = [];
    for await (const chunk of createClient(ChatService, transport(baseUrl, protocol)).chatCompletionStream(chatRequest(model))) {
      const content = chunk.choices[0]?.delta?.content;
      if (content) words.push(content);
    }
    return words;
  },

  /** Gives the stream up after its first word. */
  async abandon(baseUrl: string, protocol: Protocol, model: string) {
    const controller = new AbortController();
    const { signal } = controller;
    const chunks = createClient(ChatService, transport(baseUrl, protocol)).chatCompletionStream(chatRequest(model), { signal });
    try {
      for await (const chunk of chunks) if (chunk.choices[0]?.delta?.content) controller.abort();
    } catch {
      return "abandoned";
    }
    return "ended";
  },

  async list(baseUrl: string, protocol: Protocol) {
    const { deployments } = await createClient(AdminService, transport(baseUrl, protocol)).listDeployments({});
    return deployments.map(({ id, group, eligibility }) => ({ id, group, eligible: eligibility === Eligibility.ELIGIBLE }));
  },

  /** A streamed chat by plain REST. */
  async restStream(baseUrl: string, model: string) {
    const response = await fetch(`${baseUrl}/v1/chat/completions`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ model, messages: [{ role: "user", content: "Say hello." }], stream: true }),
    });
    const text = await response.text();
    return { text, type: response.headers.get("content-type"), deployment: response.headers.get("x-huntgroup-model-id") };
  },

  /** The one kind of request that a browser sends to anybody without asking first; the page does not get to see the reply. */
  async postUnasked(baseUrl: string, model: string) {
    const response = await fetch(`${baseUrl}/v1/chat/completions`, {
      method: "POST",
      mode: "no-cors",
      headers: { "content-type": "text/plain" },
      body: JSON.stringify({ model, messages: [] }),
    });
    return response.type;
  },
};

Object.assign(globalThis, { huntgroup });
