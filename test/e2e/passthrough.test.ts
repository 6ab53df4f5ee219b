import assert from "node:assert/strict";
import { after, afterEach, before, describe, test } from "node:test";
import { hostConfig, publicModel, upstreamModel } from "../support/host-config.ts";
import type { OpenAiHost } from "../support/openai-host.ts";
import { hostModel } from "../support/openai-replies.ts";
import { Parties } from "../support/parties.ts";
import type { RunningTestService } from "../support/start-service.ts";

/** Spellings that a JSON library would not write back as it read them. */
const numbers =
  '"big": 12345678901234567890, "one":1.0,"thousand" : 1e3, "tiny":1E-7, "negative_zero":-0, "long": 0.1000000000000000055511151231257827';
const texts = String.raw`"text": "caf\u00e9 café \/ \ud83d\ude00 😀 \t", "empty": "", "nothing": null, "quote": "a \"model\": \"x\" \\"`;

/** Each with the caller's name for the model at its outermost level; `MODEL` stands for that. */
const requests: Readonly<Record<string, string>> = {
  "unknown fields and number spellings": `{ "messages": [], "model" :  MODEL ,${numbers}, "nested": {${numbers}, "model": "mine"}, ${texts} }`,
  "a field given twice": `{"model":MODEL,"messages":[],"top_k":1,"top_k":2}`,
  "odd spacing, and a line break at the end": `\r\n\t{\n\n"model"\t:\tMODEL\n,\r\n"messages":[ ] }\n`,
  tools: `{"model":MODEL,"messages":[],"tools":[{"type":"function","function":{"name":"f","parameters":{"type":"object","properties":{"model":{"type":"string","maximum":1.0}}},"strict":true}},{"type":"custom","custom":{"name":"g"}}],"tool_choice":{"type":"function","function":{"name":"f"}},"parallel_tool_calls":false}`,
  images: `{"model":MODEL,"messages":[{"role":"user","content":[{"type":"text","text":"What is this?"},{"type":"image_url","image_url":{"url":"data:image/png;base64,${"iVBORw0KGgo".repeat(20_000)}","detail":"low"}}]}]}`,
  "a response format": `{"model":MODEL,"messages":[],"response_format":{"type":"json_schema","json_schema":{"name":"n","schema":{"const":12345678901234567890}}}}`,
  "a logit bias": `{"model":MODEL,"messages":[],"logit_bias":{"50256":-100,"15":1.0}}`,
  "reasoning fields": `{"model":MODEL,"messages":[{"role":"assistant","reasoning_content":"Hm.","content":null}],"reasoning_effort":"high","thinking":{"type":"enabled","budget_tokens":1e3},"verbosity":"low"}`,
};

const replies: Readonly<Record<string, string>> = {
  "unknown fields and number spellings": `{ "id":"x", "choices" : [ {"index":0,"message":{"role":"assistant","content":"hi",${numbers},"model":"mine"}} ], "model" :  MODEL ,${numbers},\n ${texts}, "usage":{"prompt_tokens":1,"completion_tokens":1,"total_tokens":2,"cost":1e-5} }\n`,
  "reasoning, tool calls, and a filter's findings": `{"choices":[{"index":0,"message":{"role":"assistant","content":null,"reasoning_content":"Hm.","reasoning_details":[{"n":1.0}],"tool_calls":[{"id":"c","type":"function","function":{"name":"f","arguments":"{\\"n\\": 1.0}"}}]},"finish_reason":"tool_calls","content_filter_results":{"hate":{"filtered":false}}}],"model":MODEL,"prompt_filter_results":[]}`,
  "the model in the first place": `{"model":MODEL,"choices":[{}]}`,
};

/** Whole streams. Events keep their comments, names, ids and line ends. */
const streams: Readonly<Record<string, string>> = {
  "comments and keep-alives": `: OPENROUTER PROCESSING\n\n: ping\n\ndata: ${chunk('{"content":"a"}')}\n\n:\n\n: between\n\ndata: ${chunk('{"content":"b"}')}\n\ndata: ${chunk("{}", '"stop"')}\n\n: after\n\ndata: [DONE]\n\n`,
  "named events, ids and retry times": `retry: 100\n\nevent: hello\ndata: {"n": 1.0}\n\nid: 7\nevent: chunk\ndata: ${chunk('{"content":"a"}')}\n\nevent: usage_so_far\nid: 8\ndata: {"tokens": 12345678901234567890}\n\ndata: ${chunk("{}", '"stop"')}\n\ndata: [DONE]\n\n`,
  "unknown members and number spellings": `data: {"choices":[{"index":0,"delta":{"content":"a","reasoning_content":"Hm.",${numbers}},"logprobs":null}],"model" :  MODEL ,${numbers},"obfuscation":"xyz", ${texts}}\n\ndata: ${chunk("{}", '"stop"')}\n\ndata: [DONE]\n\n`,
  "carriage returns, and no space behind the colon": `data:${chunk('{"content":"a"}')}\r\n\r\n:ping\r\n\r\ndata:${chunk("{}", '"stop"')}\r\n\r\ndata: [DONE]\r\n\r\n`,
};

function chunk(delta: string, finishReason = "null"): string {
  return `{"id":"c","model":MODEL,"choices":[{"index":0,"delta":${delta},"finish_reason":${finishReason}}]}`;
}

function named(text: string, model: string): string {
  return text.replaceAll("MODEL", JSON.stringify(model));
}

describe("what passes through is the same, byte for byte but for the model", () => {
  const parties = new Parties();
  let host: OpenAiHost;
  let service: RunningTestService;

  before(async () => {
    host = await parties.host();
    service = await parties.service(hostConfig(host));
  });
  afterEach(() => {
    assert.equal(service.router.inFlight, 0);
    host.reset();
  });
  after(() => parties.end());

  async function post(path: string, body: string): Promise<string> {
    const response = await fetch(`${service.origin}${path}`, { method: "POST", headers: { "content-type": "application/json" }, body });
    const text = await response.text();
    assert.equal(response.status, 200, text);
    return text;
  }

  for (const [what, request] of Object.entries(requests)) {
    test(`of a request: ${what}`, async () => {
      for (const path of ["/v1/chat/completions", "/v1/completions", "/v1/embeddings"]) {
        await post(path, named(request, publicModel));
        assert.equal(host.lastHit.path, path);
        assert.equal(host.lastHit.body.toString(), named(request, upstreamModel));
      }
    });
  }

  for (const [what, reply] of Object.entries(replies)) {
    test(`of a reply: ${what}`, async () => {
      host.always({ kind: "reply", body: named(reply, hostModel) });
      const body = JSON.stringify({ model: publicModel, messages: [] });
      assert.equal(await post("/v1/chat/completions", body), named(reply, publicModel));
      assert.equal(await post("/v1/completions", body), named(reply, publicModel));
    });
  }

  test("of embeddings, however many digits they have", async () => {
    const reply = `{"object":"list","data":[{"object":"embedding","index":0,"embedding":[0.1000000000000000055, -1.0, 1E-7,0]}],"model":MODEL}`;
    host.always({ kind: "reply", body: named(reply, hostModel) });
    const body = JSON.stringify({ model: publicModel, input: "a" });
    assert.equal(await post("/v1/embeddings", body), named(reply, publicModel));
  });

  for (const [what, stream] of Object.entries(streams)) {
    test(`of a stream, wherever it is cut apart: ${what}`, async () => {
      const bytes = Buffer.from(named(stream, hostModel));
      for (const pieceBytes of [1, 7, 64, bytes.length]) {
        host.once({ kind: "stream", pieces: inPieces(bytes, pieceBytes) });
        const body = JSON.stringify({ model: publicModel, messages: [], stream: true });
        assert.equal(await post("/v1/chat/completions", body), named(stream, publicModel), `in pieces of ${pieceBytes}`);
      }
    });
  }

  test("the fields that speak to the router, and only they, stay here", async () => {
    await post(
      "/v1/chat/completions",
      `{"num_retries": 1, "model":"${publicModel}","timeout":5, "messages":[] ,"user":"u", "fallbacks": []}`,
    );
    assert.equal(host.lastHit.body.toString(), `{"model":"${upstreamModel}","messages":[] ,"user":"u"}`);
  });
});

function inPieces(bytes: Buffer, pieceBytes: number): Buffer[] {
  return Array.from({ length: Math.ceil(bytes.length / pieceBytes) }, (_, index) =>
    bytes.subarray(index * pieceBytes, (index + 1) * pieceBytes),
  );
}
