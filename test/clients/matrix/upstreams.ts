import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import type { JsonMembers, JsonValue } from "../../../src/core/provider.ts";
import { AnthropicApi } from "../../support/fakes/anthropic-api.ts";
import { BedrockApi } from "../../support/fakes/bedrock-api.ts";
import { ChatApi } from "../../support/fakes/chat-api.ts";
import { GeminiApi } from "../../support/fakes/gemini-api.ts";
import type { AnswerPart, ScriptedAnswer } from "../../support/fakes/scripted-answer.ts";
import { isObject, wordsOf } from "../../support/fakes/shape.ts";
import { type ApiReply, type ApiRequest, type StrictApi, StrictHost } from "../../support/fakes/strict-host.ts";
import { voices } from "../../support/native-voices.ts";
import type { Parties } from "../../support/parties.ts";
import { said } from "./scenarios.ts";

const key = "sk-of-the-host";

/** A format that deployments speak, and a host as strict as its documentation. */
export interface Upstream {
  /** The group's name, too. */
  readonly name: "openai" | "anthropic" | "gemini" | "bedrock";
  /** As people see it. */
  readonly title: string;
  readonly createApi: () => StrictApi;
  readonly params: (origin: string) => JsonMembers;
}

export const upstreams: readonly Upstream[] = [
  {
    name: "openai",
    title: "OpenAI chat",
    createApi: () => new ChatApi(key),
    params: (origin) => ({ model: "openai/gpt-4o", api_base: `${origin}/v1`, api_key: key, use_chat_completions_api: true }),
  },
  {
    name: "anthropic",
    title: "Anthropic",
    createApi: () => new AnthropicApi(key),
    params: (origin) => ({ model: "anthropic/claude-haiku-4-5", api_base: origin, api_key: key }),
  },
  {
    name: "gemini",
    title: "Gemini",
    createApi: () => new GeminiApi({ key }),
    params: (origin) => ({ model: "gemini/gemini-3-flash-preview", api_base: `${origin}/v1beta`, api_key: key }),
  },
  {
    name: "bedrock",
    title: "Bedrock",
    createApi: () => new BedrockApi({ bearer: key }),
    params: (origin) => ({
      model: "bedrock/eu.anthropic.claude-haiku-4-5-20251001-v1:0",
      api_base: origin,
      api_key: key,
      aws_region_name: "eu-central-1",
    }),
  },
];

/** The hosts of all upstreams, and an address that tells how many of their replies are open. */
export class Hosts {
  readonly #hosts = new Map<string, StrictHost>();
  /** `GET` of it with an upstream's name behind says how many of its replies are open. */
  control = "";

  static async listen(parties: Parties): Promise<Hosts> {
    const hosts = new Hosts();
    for (const { name, createApi } of upstreams) {
      const api = createApi();
      const host = parties.add(await StrictHost.listen(api), (party) => party.close());
      host.always((request) => answerTo(request, api, name));
      hosts.#hosts.set(name, host);
    }
    const server = createServer((request, response) => response.end(String(hosts.of(request.url?.slice(1) ?? "").open)));
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    parties.add(server, () => {
      server.close();
      server.closeAllConnections();
    });
    hosts.control = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
    return hosts;
  }

  of(name: string): StrictHost {
    const host = this.#hosts.get(name);
    if (host === undefined) throw new Error(`There is no host of ${name}.`);
    return host;
  }
}

const usage = { fresh: 9, cacheRead: 0, cacheWritten: 0, output: 4, thinking: 0 };

function answer(...parts: readonly AnswerPart[]): ScriptedAnswer {
  return { kind: "answer", parts, usage };
}

/** What the model says, whatever words its format has for it: see `said`. */
function answerTo(request: ApiRequest, api: StrictApi, name: string): ScriptedAnswer | ApiReply {
  const { json } = request;
  const asked = JSON.stringify(json);
  if (asked.includes(said.refused)) {
    const refusal = voices.find((voice) => voice.name === name)?.refusal("request");
    if (refusal === undefined) throw new Error(`Nobody says how ${name} refuses.`);
    const { status, headers, body } = refusal;
    return { kind: "reply", status, headers: { "content-type": "application/json", ...headers }, pieces: [body] };
  }
  if (asked.includes(said.endless)) {
    const begun = api.reply(request, { ...answer({ kind: "text", text: said.answer }), fault: "cut" });
    return { ...begun, end: "hang" };
  }
  const tools = toolsOf(json);
  if (asked.includes(said.structured)) {
    const asTool = tools.find((tool) => JSON.stringify(tool).includes('"celsius"'));
    return asTool === undefined
      ? answer({ kind: "text", text: JSON.stringify(said.object) })
      : answer(call("toolu_01Object", nameOf(asTool), said.object));
  }
  const handoff = tools.map(nameOf).find((tool) => tool.startsWith("transfer_to_"));
  if (handoff !== undefined) return answer(call("toolu_01Handoff", handoff, {}));
  if (asked.includes(said.results[0]) && asked.includes(said.results[1])) return answer({ kind: "text", text: said.final });
  return tools.length > 0
    ? answer(call("toolu_01Bern", "get_weather", { city: "Bern" }), call("toolu_01Oslo", "get_weather", { city: "Oslo" }))
    : answer({ kind: "text", text: said.answer });
}

function call(id: string, name: string, args: JsonMembers): AnswerPart {
  return { kind: "call", id, name, args, signature: "c2lnbmVkLWNhbGw=" };
}

/** What a tool has besides its name. Gemini's have no schema where they take no arguments. */
const marks = ["parameters", "input_schema", "inputSchema", "parametersJsonSchema", "description"];

/** The tools of a request, wherever its format puts them. */
function toolsOf(value: JsonValue): readonly JsonMembers[] {
  if (Array.isArray(value)) return (value as readonly JsonValue[]).flatMap(toolsOf);
  if (!isObject(value)) return [];
  const isTool = typeof value["name"] === "string" && marks.some((mark) => value[mark] !== undefined);
  return isTool ? [value] : Object.values(value).flatMap(toolsOf);
}

function nameOf({ name }: JsonMembers): string {
  return wordsOf(name);
}
