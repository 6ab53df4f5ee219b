import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";

interface HostRequest {
  readonly model: string;
  /** As it arrived, to the byte. */
  readonly body: string;
}

export interface ScriptedHost {
  /** For `api_base`. */
  readonly origin: string;
  readonly requests: readonly HostRequest[];
  stop(): Promise<void>;
}

/** Beyond what a double can hold: an integer that only survives where nobody parses and rewrites it. */
export const bigInteger = "9007199254740993";

const toolCallReply = `{"id":"chatcmpl-1","object":"chat.completion","created":1700000000,"model":"tool-model","choices":[{"index":0,"message":{"role":"assistant","content":null,"tool_calls":[{"id":"call_1","type":"function","function":{"name":"weather","arguments":"{\\"city\\": \\"Oslo\\"}"}}]},"finish_reason":"tool_calls"}],"usage":{"prompt_tokens":9,"completion_tokens":7,"total_tokens":16},"invented_member":${bigInteger}}`;
const textReply = `{"id":"chatcmpl-2","object":"chat.completion","created":1700000000,"model":"flaky-model","choices":[{"index":0,"message":{"role":"assistant","content":"Here now."},"finish_reason":"stop"}]}`;

/** An OpenAI-compatible host that calls a tool whatever it is asked as `tool-model`, and as `flaky-model` fails the first time. */
export async function startScriptedHost(): Promise<ScriptedHost> {
  const requests: HostRequest[] = [];
  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const body = await text(request);
    const { model } = JSON.parse(body) as { model: string };
    requests.push({ model, body });
    response.setHeader("content-type", "application/json");
    if (model === "tool-model") response.end(toolCallReply);
    else if (requests.filter((one) => one.model === model).length > 1) response.end(textReply);
    // The hint spares the client its usual wait of half a second.
    else response.writeHead(503, { "retry-after-ms": "1" }).end('{"error":{"message":"Not yet.","type":"server_error"}}');
  };
  const server = createServer((request, response) => {
    answer(request, response).catch(() => response.destroy());
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    async stop() {
      server.close();
      server.closeAllConnections();
      await once(server, "close");
    },
  };
}
