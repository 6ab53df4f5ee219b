import assert from "node:assert/strict";
import { after, before, beforeEach, describe, it } from "node:test";
import type { JsonMembers, JsonValue } from "../../src/core/provider.ts";
import { GrpcCaller } from "./fault-matrix/grpc-caller.ts";
import { askByRest } from "./fault-matrix/ask-by-rest.ts";
import type { Answer } from "./fault-matrix/answer.ts";
import { doors, modes, type Door, type Mode } from "./fault-matrix/dimensions.ts";
import { ask } from "../support/http-client.ts";
import { hostedVoices } from "../support/hosted-voices.ts";
import { type Voice, voices as makersVoices } from "../support/native-voices.ts";
import type { HostHit, OpenAiHost } from "../support/openai-host.ts";
import type { HostReply } from "../support/openai-replies.ts";
import { Parties } from "../support/parties.ts";
import type { RunningTestService } from "../support/start-service.ts";

/**
 * What begins at a provider of one format goes on at one of another, whichever the two are, over real sockets: by `order`, by fallbacks, by
 * hedges, after a stream that was cut, and from turn to turn of a chat with thinking and tools.
 */

type Name = Voice["name"];
const call = { id: "toolu_01A", name: "get_weather", args: { city: "Bern" } };
const voices = [...makersVoices, ...hostedVoices];
/** Any two formats, and from and to each host of others' APIs once: by a ring, so that each is next to one of another kind. */
const pairs = [
  ...makersVoices.flatMap((from) => makersVoices.filter((to) => to !== from).map((to) => [from, to] as const)),
  ...hostedVoices.map((from, index) => [from, hostedVoices[(index + 2) % hostedVoices.length] ?? from] as const),
];

/** What a host does, by the first segment of the path that it is asked at. */
const behaviours: Readonly<Record<string, (voice: Voice, hit: HostHit) => HostReply>> = {
  ok: (voice, hit) => answered(voice, hit, `by ${voice.name}`),
  fail(voice) {
    return { kind: "reply", ...voice.refusal("overload") };
  },
  hang: () => ({ kind: "hang" }),
  cut: (voice) => streamed(voice, [...voice.opening, voice.word("Hel")], "cut"),
  tools: (voice, hit) =>
    /"(?:tool_result|functionResponse|toolResult|tool_call_id)"/.test(hit.body.toString())
      ? answered(voice, hit, `by ${voice.name}`)
      : { kind: "reply", body: voice.asks(call) },
};

function answered(voice: Voice, hit: HostHit, text: string): HostReply {
  const isStream =
    hit.json.stream === true || /streamGenerateContent|converse-stream|invoke-with-response-stream|streamRawPredict/.test(hit.path);
  return isStream ? streamed(voice, [...voice.opening, voice.word(text), ...voice.closing]) : { kind: "reply", body: voice.reply(text) };
}

function streamed(voice: Voice, pieces: readonly (string | Buffer)[], end: "end" | "cut" = "end"): HostReply {
  return { kind: "stream", headers: { "content-type": voice.streamType }, pieces, end };
}

describe("what begins at one provider goes on at another", () => {
  const parties = new Parties();
  const hosts = new Map<Name, OpenAiHost>();
  let service: RunningTestService;
  let grpc: GrpcCaller;

  function hostOf({ name }: Voice): OpenAiHost {
    const host = hosts.get(name);
    assert.ok(host !== undefined);
    return host;
  }

  function deployment(group: string, voice: Voice, behaviour: string, more: JsonMembers = {}, info: JsonMembers = {}): JsonMembers {
    const params = voice.params(`${hostOf(voice).origin}/${behaviour}/v1`);
    return {
      model_name: group,
      litellm_params: { ...params, cooldown_time: 0, ...more },
      model_info: { id: `${group}:${voice.name}`, supports_assistant_prefill: false, ...info },
    };
  }

  function config(): string {
    const list: JsonMembers[] = voices.flatMap((voice) => [
      deployment(`only-${voice.name}`, voice, "ok"),
      deployment(`tools-${voice.name}`, voice, "tools"),
    ]);
    const fallbacks: JsonMembers[] = [];
    const hedge: Record<string, JsonValue> = {};
    for (const [from, to] of pairs) {
      const pair = `${from.name}-${to.name}`;
      list.push(deployment(`order-${pair}`, from, "fail", { order: 1 }), deployment(`order-${pair}`, to, "ok", { order: 2 }));
      list.push(deployment(`fall-${pair}`, from, "fail"));
      fallbacks.push({ [`fall-${pair}`]: [`only-${to.name}`] });
      list.push(deployment(`hedge-${pair}`, from, "hang", { weight: 1_000_000_000 }), deployment(`hedge-${pair}`, to, "ok", { weight: 1 }));
      hedge[`hedge-${pair}`] = { after: 0.05, max_ratio: 1 };
      for (const takesPrefill of [true, false]) {
        const group = `${takesPrefill ? "resume" : "stays"}-${pair}`;
        list.push(deployment(group, from, "cut", { weight: 1_000_000_000 }));
        list.push(deployment(group, to, "ok", { weight: 1 }, { supports_assistant_prefill: takesPrefill }));
      }
    }
    return JSON.stringify({
      model_list: list,
      router_settings: { num_retries: 1, retry_after: 0, fallbacks, hedge, stream_recovery: "continue" },
    });
  }

  before(async () => {
    for (const voice of voices) hosts.set(voice.name, await parties.host());
    service = await parties.service(config());
    grpc = new GrpcCaller(service.origin);
  });

  beforeEach(() => {
    for (const voice of voices) {
      const host = hostOf(voice);
      host.reset();
      host.always((hit) => behaviours[hit.path.split("/")[1] ?? ""]?.(voice, hit) ?? { kind: "reply", status: 501, body: hit.path });
    }
  });

  after(() => parties.end());

  function asked(group: string, mode: Mode, door: Door): Promise<Answer> {
    return door === "REST" ? askByRest(service.port, group, mode) : grpc.ask(group, mode);
  }

  for (const [from, to] of pairs) {
    const pair = `${from.name}-${to.name}`;
    describe(`from ${from.name} to ${to.name}`, () => {
      for (const mode of modes) {
        for (const door of doors) {
          for (const way of ["order", "fall", "hedge"]) {
            it(`by ${way}, ${mode} over ${door}`, async () => {
              const { code, text, ends, route } = await asked(`${way}-${pair}`, mode, door);
              const id = way === "fall" ? `only-${to.name}:${to.name}` : `${way}-${pair}:${to.name}`;
              assert.deepEqual([code, text, ends, route.deployment], [undefined, `by ${to.name}`, 1, id]);
            });
          }
        }
      }

      for (const door of doors) {
        it(`after a cut, where the other takes the beginning of its answer, over ${door}`, async () => {
          const { code, text, ends } = await asked(`resume-${pair}`, "stream", door);
          assert.deepEqual([code, text, ends], [undefined, `Helby ${to.name}`, 1]);
          assert.match(hostOf(to).lastHit.body.toString(), /"(?:assistant|model)".*Hel/s);
        });

        it(`not after a cut, where it does not, over ${door}`, async () => {
          const { code, text, ends } = await asked(`stays-${pair}`, "stream", door);
          assert.deepEqual([code, text, ends, hostOf(to).hits.length], ["stream_interrupted", "Hel", 0, 0]);
        });
      }

      it("in the next turn of a chat with thinking and tools, without what the other refuses", async () => {
        const question = { role: "user", content: "How warm is it?" };
        const first = await turn(`tools-${from.name}`, [question]);
        const { tool_calls: calls = [] } = first as { tool_calls?: { id: string; function: { name: string } }[] };
        assert.deepEqual(
          calls.map((one) => one.function.name),
          ["get_weather"],
        );
        const result = { role: "tool", tool_call_id: calls[0]?.id ?? "", content: "4 C" };
        const second = await turn(`tools-${to.name}`, [question, first, result]);
        assert.equal(second["content"], `by ${to.name}`);
        const sent = hostOf(to).lastHit.body.toString();
        assert.doesNotMatch(sent, /__thought__|provider_specific_fields|thinking_blocks/);
        // A thought is Claude's to read where Claude has signed it, and nobody else's.
        const isSigned = /c2lnbmVk/.test(sent);
        assert.equal(isSigned, isClaude(from.name) && isClaude(to.name));
        assert.equal(sent.includes("cHJvb2Y="), false);
        assert.match(sent, /toolu_01A|get_weather/);
      });
    });
  }

  async function turn(model: string, messages: readonly JsonMembers[]): Promise<JsonMembers> {
    const tools = [
      { type: "function", function: { name: "get_weather", parameters: { type: "object", properties: { city: { type: "string" } } } } },
    ];
    const body = JSON.stringify({ model, messages, tools, reasoning_effort: "low" });
    const headers = { "content-type": "application/json" };
    const answer = await ask(service.port, "http1", { method: "POST", path: "/v1/chat/completions", headers, body });
    assert.equal(answer.status, 200, answer.text);
    const [choice] = (JSON.parse(answer.text) as { choices: { message: JsonMembers }[] }).choices;
    assert.ok(choice !== undefined);
    return choice.message;
  }
});

/** Bedrock's deployment here is Claude too. */
function isClaude(name: Name): boolean {
  return !["openai", "maas", "gemini", "vertex-gemini"].includes(name);
}
