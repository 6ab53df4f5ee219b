import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { RouterError } from "../../../../src/core/errors.ts";
import type { NativeKind } from "../../../../src/formats/anthropic/native/native-host.ts";
import { encoded } from "../../kit/chat/support.ts";
import { messagesAdapter, messagesCall, sentText } from "./support.ts";

const vertex: NativeKind = { bodyVersion: "vertex-2023-10-16", takesUrls: false, betas: "vertex", countPath: () => "/count" };
const bedrock: NativeKind = {
  bodyVersion: "bedrock-2023-05-31",
  takesUrls: false,
  betas: "bedrock-invoke",
  framesEvents: true,
  countPath: () => "/count",
};
const mantle: NativeKind = { takesUrls: false, betas: "bedrock-mantle" };
const foundry: NativeKind = { takesUrls: true, betas: "foundry" };
const compatible: NativeKind = { takesUrls: true, betas: "compatible" };
const anthropic: NativeKind = { takesUrls: true, countPath: () => "/v1/messages/count_tokens" };

const plain =
  '{ "model":"m", "max_tokens": 5e0,\n "messages": [{"role":"user","content":"Grüezi 😀"}], "new_field":{"big":12345678901234567890} }';

describe("a request that is Messages already, by its host", () => {
  const rows: readonly [string, NativeKind, boolean, string][] = [
    ["Anthropic", anthropic, true, plain.replace('"m"', '"upstream"')],
    ["Foundry", foundry, true, plain.replace('"m"', '"upstream"')],
    ["Mantle", mantle, true, plain.replace('"m"', '"upstream"')],
    ["a host of other models", compatible, true, plain.replace('"m"', '"upstream"')],
    ["Vertex AI", vertex, false, plain.replace('"model":"m", ', "").replace("} }", '},"anthropic_version":"vertex-2023-10-16" }')],
    ["Bedrock", bedrock, false, plain.replace('"model":"m", ', "").replace("} }", '},"anthropic_version":"bedrock-2023-05-31" }')],
  ];
  for (const [name, kind, hasVersion, text] of rows) {
    it(`goes to ${name} with the bytes that came but for what the host demands`, () => {
      const call = messagesCall(plain);
      assert.equal(sentText(messagesAdapter(kind), call), text);
      const { headers } = encoded(messagesAdapter(kind), messagesCall(plain, { headers: { "anthropic-version": "2026-10-21" } }), "m");
      assert.equal(headers["anthropic-version"], hasVersion ? "2026-10-21" : "2023-06-01");
    });
  }

  it("keeps every byte but the model's, whatever its JSON and wherever it was cut", () => {
    const key = fc.string().filter((name) => name !== "model" && !/^[a-z_-]+$/.test(name));
    fc.assert(
      fc.property(fc.array(fc.tuple(key, fc.json())), fc.string(), fc.nat(), (members, model, cut) => {
        const written = members.map(([name, json]) => `${JSON.stringify(name)} : ${json}`);
        const before = written.slice(0, 2).join(",\t");
        const after = written.slice(2).join(", ");
        const frame = (name: string): string =>
          `{${before}${before === "" ? "" : ","}"model":  ${JSON.stringify(name)}${after === "" ? "" : " ,"}${after} }`;
        const json = frame(model);
        const cutAt = cut % Buffer.byteLength(json);
        assert.equal(sentText(messagesAdapter(anthropic), messagesCall(json, { cutAt }), "up"), frame("up"));
      }),
    );
  });

  it("is not put together where it came in pieces", () => {
    const call = messagesCall(plain, { cutAt: 60 });
    const pieces = encoded(messagesAdapter(anthropic), call, "up").body;
    const [, second] = call.body.pieces ?? [];
    assert.ok(pieces.some((piece) => piece.buffer === second?.buffer && piece.length === second.length));
  });

  it("has no word of streams at Bedrock, whose path says it, and asks for AWS's framing there", () => {
    const json = '{"model":"m","stream":true,"max_tokens":1,"messages":[],"service_tier":"auto"}';
    const request = encoded(messagesAdapter(bedrock), messagesCall(json, { stream: true }), "m");
    assert.equal(Buffer.concat(request.body).toString(), '{"max_tokens":1,"messages":[],"anthropic_version":"bedrock-2023-05-31"}');
    assert.equal(request.headers["accept"], "application/vnd.amazon.eventstream");
    const other = encoded(messagesAdapter(vertex), messagesCall(json, { stream: true }), "m");
    assert.equal(
      Buffer.concat(other.body).toString(),
      '{"stream":true,"max_tokens":1,"messages":[],"anthropic_version":"vertex-2023-10-16"}',
    );
    assert.equal(other.headers["accept"], "text/event-stream");
  });

  it("is refused where the host lacks the operation, before anything is sent", () => {
    const refusal = messagesAdapter(mantle).refuses?.(messagesCall(plain, { operation: "count_tokens" }), "m");
    assert.equal(refusal?.code, "cannot_serve_this");
  });
});

describe("the headers of such a request", () => {
  const own = {
    "anthropic-version": "2026-10-21",
    "anthropic-beta": "context-1m-2025-08-07, oauth-2025-04-20,new-beta-2027-01-01",
    "anthropic-workspace-id": "wrk",
    "x-api-key": "of the caller",
    authorization: "Bearer of the caller",
  };
  const headersFor = (kind: NativeKind, configured: Record<string, string> = {}) =>
    encoded(
      messagesAdapter(kind, { headers: { "x-api-key": "secret", "anthropic-version": "2023-06-01", ...configured } }),
      messagesCall(plain, { headers: own }),
      "m",
    ).headers;

  it("are all of Anthropic's that the caller has, at Anthropic, with what the deployment asks for; and never its credentials", () => {
    const headers = headersFor(anthropic, { "anthropic-beta": "configured-2026-01-01" });
    assert.equal(headers["anthropic-beta"], "context-1m-2025-08-07,oauth-2025-04-20,new-beta-2027-01-01,configured-2026-01-01");
    assert.equal(headers["anthropic-workspace-id"], "wrk");
    assert.equal(headers["anthropic-version"], "2026-10-21");
    assert.equal(headers["x-api-key"], "secret");
    assert.equal(headers["authorization"], undefined);
    assert.equal(headersFor(anthropic, { "anthropic-workspace-id": "ours" })["anthropic-workspace-id"], "ours");
  });

  it("are the version and the betas that it takes, at other hosts", () => {
    const headers = headersFor(mantle);
    assert.equal(headers["anthropic-beta"], "context-1m-2025-08-07");
    assert.equal(headers["anthropic-workspace-id"], undefined);
    assert.equal(headersFor(foundry)["anthropic-beta"], "context-1m-2025-08-07,oauth-2025-04-20,new-beta-2027-01-01");
    assert.equal(headersFor(compatible)["anthropic-beta"], undefined);
    assert.equal(headersFor(vertex)["anthropic-beta"], "oauth-2025-04-20");
    assert.equal(headersFor(bedrock)["anthropic-beta"], undefined);
  });

  it("are the same object for callers that send the same, so that a head that was written before is known", () => {
    const adapter = messagesAdapter(anthropic);
    const one = encoded(adapter, messagesCall(plain, { headers: own }), "m").headers;
    assert.equal(encoded(adapter, messagesCall(plain, { headers: { ...own } }), "m").headers, one);
    assert.notEqual(encoded(adapter, messagesCall(plain), "m").headers, one);
  });
});

describe("betas in the body", () => {
  const json = '{"model":"m","max_tokens":1,"messages":[]}';
  const beta = "context-1m-2025-08-07,advanced-tool-use-2025-11-20,unknown-2026-01-01";

  it("are those that Bedrock takes, by its names for them, and what the caller put there itself", () => {
    const call = messagesCall('{"anthropic_beta":["compact-2026-01-12","x"],"max_tokens":1,"messages":[]}', {
      headers: { "anthropic-beta": beta },
    });
    assert.equal(
      sentText(messagesAdapter(bedrock), call),
      '{"anthropic_beta":["context-1m-2025-08-07","tool-search-tool-2025-10-19","compact-2026-01-12"],"max_tokens":1,"messages":[],"anthropic_version":"bedrock-2023-05-31"}',
    );
  });

  it("leave out those that Vertex AI takes in the header alone, where the search in the web has its own", () => {
    const tools = '"tools":[{"type":"web_search_20250305","name":"web_search"}]';
    const request = encoded(
      messagesAdapter(vertex),
      messagesCall(json.replace('"messages"', `${tools},"messages"`), {
        headers: { "anthropic-beta": "context-1m-2025-08-07,prompt-caching-scope-2026-01-05" },
      }),
      "m",
    );
    assert.ok(Buffer.concat(request.body).toString().includes('"anthropic_beta":["context-1m-2025-08-07"]'));
    assert.equal(request.headers["anthropic-beta"], "prompt-caching-scope-2026-01-05,web-search-2025-03-05");
    assert.deepEqual(request.adjusted, undefined);
  });

  it("that are dropped are told to the caller", () => {
    const call = messagesCall(json, { headers: { "anthropic-beta": beta } });
    assert.deepEqual(encoded(messagesAdapter(bedrock), call, "m").adjusted, ["anthropic_beta"]);
  });
});

/** The members of a request as they go out, behind the model. */
const cut = (members: string, kind: NativeKind = mantle, beta = ""): string =>
  sentText(messagesAdapter(kind), messagesCall(`{"model":"m",${members}}`, { headers: beta === "" ? {} : { "anthropic-beta": beta } }))
    .replace('{"model":"upstream",', "")
    .replace(/^\{"model":"upstream"/, "")
    .replace(/\}$/, "");

describe("what hosts other than Anthropic's own do not take", () => {
  for (const [what, members, left, beta = ""] of [
    [
      "the attribution of a client",
      '"system":[ {"type":"text","text":"x-anthropic-billing-header: cc_version=2;"}, {"type":"text","text":"Be short."} ]',
      '"system":[ {"type":"text","text":"Be short."} ]',
    ],
    ["a system that is nothing else", '"system":[{"type":"text","text":"x-anthropic-billing-header: a"}],"max_tokens":1', '"max_tokens":1'],
    [
      "the scope of marks of the cache",
      '"system":[{"text":"a","cache_control":{"type":"ephemeral", "scope":"global"}}],"cache_control":{"scope":"x","type":"ephemeral"}',
      '"system":[{"text":"a","cache_control":{"type":"ephemeral"}}],"cache_control":{"type":"ephemeral"}',
    ],
    [
      "the same in messages and in the results of tools",
      '"messages":[{"role":"user","content":[{"type":"tool_result","content":[{"type":"text","cache_control":{"type":"e","scope":"g"}}],"cache_control":{"scope":"g"}}]}]',
      '"messages":[{"role":"user","content":[{"type":"tool_result","content":[{"type":"text","cache_control":{"type":"e"}}],"cache_control":{}}]}]',
    ],
    [
      "the same of tools",
      '"tools":[{"name":"t","input_schema":{"properties":{"cache_control":{"scope":1}}},"cache_control":{"type":"e","scope":"g"}}]',
      '"tools":[{"name":"t","input_schema":{"properties":{"cache_control":{"scope":1}}},"cache_control":{"type":"e"}}]',
    ],
    [
      "what a caller's own data is called, which stays",
      '"messages":[{"role":"assistant","content":[{"type":"tool_use","input":{"cache_control":{"scope":"s"}}}]}]',
      '"messages":[{"role":"assistant","content":[{"type":"tool_use","input":{"cache_control":{"scope":"s"}}}]}]',
    ],
    ["the management of the context without its beta", '"context_management":{"edits":[]},"max_tokens":1', '"max_tokens":1'],
    [
      "which stays with it",
      '"context_management":{"edits":[]},"max_tokens":1',
      '"context_management":{"edits":[]},"max_tokens":1',
      "context-management-2025-06-27",
    ],
    ["fields of thinking", '"thinking":{"type":"adaptive","block_binding":"x","display":"updates"}', '"thinking":{"type":"adaptive"}'],
    [
      "other ways to show thinking, which stay",
      '"thinking":{"type":"adaptive","display":"summarized"}',
      '"thinking":{"type":"adaptive","display":"summarized"}',
    ],
    [
      "fields of late system messages",
      '"messages":[{"role":"user","content":"a"},{"role":"system","content":[{"type":"tool_addition","name":"t"}],"clear_at":"end"},{"role":"system","content":"b","output_config":{"effort":"low"}}]',
      '"messages":[{"role":"user","content":"a"},{"role":"system","content":"b"}]',
    ],
    [
      "strict tools where their beta was asked for and is not had",
      '"tools":[{"name":"t","strict":true}]',
      '"tools":[{"name":"t","strict":true}]',
    ],
  ] as const) {
    it(what, () => assert.equal(cut(members, mantle, beta), left));
  }

  it("is tools' strictness at Bedrock, where its beta was asked for", () => {
    const members = '"tools":[{"name":"t","strict":true}]';
    assert.ok(cut(members, bedrock, "structured-outputs-2025-11-13").includes('"tools":[{"name":"t"}]'));
    assert.ok(cut(members, bedrock).includes('"strict":true'));
  });

  it("goes to Anthropic as it came", () => {
    const members =
      '"context_management":{},"system":[{"type":"text","text":"x-anthropic-billing-header: a"}],"thinking":{"block_binding":1},"cache_control":{"scope":"g"}';
    assert.equal(cut(members, anthropic), members);
  });

  it("is refused where it cannot be cut without another answer, and names what", () => {
    for (const [members, kind, param] of [
      ['"tools":[{"type":"web_search_20250305","name":"w"}]', bedrock, "tools[0]"],
      ['"tools":[{"type":"web_fetch_20250910","name":"w"}]', vertex, "tools[0]"],
      ['"mcp_servers":[]', compatible, "mcp_servers"],
      [
        '"messages":[{"role":"user","content":[{"type":"image","source":{"type":"url","url":"https://a.example"}}]}]',
        vertex,
        "messages[0].content[0]",
      ],
    ] as const) {
      const refusal = messagesAdapter(kind).refuses?.(messagesCall(`{"model":"m",${members}}`), "m");
      assert.equal(refusal?.code, "cannot_serve_this");
      assert.equal(refusal.param, param);
    }
  });
});

describe("a deployment's own settings", () => {
  const defaults = {
    temperature: 0.5,
    max_completion_tokens: 9,
    stop: "X",
    top_k: 3,
    user: "u",
    response_format: {},
    anthropic_beta: ["b-1"],
  };

  it("are put in for what the caller did not set, as far as Messages have them", () => {
    const adapter = messagesAdapter(anthropic, { defaults });
    const call = messagesCall('{"model":"m","temperature":1}');
    assert.equal(sentText(adapter, call), '{"model":"upstream","temperature":1,"max_tokens":9,"stop_sequences":["X"],"top_k":3}');
    assert.equal(encoded(adapter, call, "m").headers["anthropic-beta"], "b-1");
  });

  it("set no sampling where the caller has its model think", () => {
    const adapter = messagesAdapter(anthropic, { defaults });
    const sent = sentText(adapter, messagesCall('{"model":"m","max_tokens":1,"thinking":{"type":"adaptive"}}'));
    assert.equal(sent, '{"model":"upstream","max_tokens":1,"thinking":{"type":"adaptive"},"stop_sequences":["X"]}');
  });

  it("take out what is dropped, whole or in part, and the router's own fields", () => {
    const adapter = messagesAdapter(anthropic, { dropped: ["metadata", "thinking.display"] });
    const call = messagesCall('{"model":"m","metadata":{"user_id":"u"},"thinking":{"type":"adaptive","display":"x"},"num_retries":1}');
    assert.equal(sentText(adapter, call), '{"model":"upstream","thinking":{"type":"adaptive"}}');
    assert.deepEqual(encoded(adapter, call, "m").adjusted, ["metadata", "thinking"]);
  });
});

describe("the counting of tokens", () => {
  const json = '{"model":"m","messages":[{"role":"user","content":"hi"}]}';
  const call = messagesCall(json, { operation: "count_tokens" });

  it("is asked for where each host counts", () => {
    const plainRequest = encoded(messagesAdapter(anthropic, { defaults: { temperature: 1 } }), call, "up");
    assert.equal(plainRequest.path, "/v1/messages/count_tokens");
    assert.equal(Buffer.concat(plainRequest.body).toString(), json.replace('"m"', '"up"'));
    assert.equal(
      sentText(messagesAdapter(vertex), call),
      json.replace('"m"', '"upstream"').replace(/\}$/, ',"anthropic_version":"vertex-2023-10-16"}'),
    );
    const counted = JSON.parse(sentText(messagesAdapter(bedrock), call)) as { input: { invokeModel: { body: string } } };
    assert.equal(
      Buffer.from(counted.input.invokeModel.body, "base64").toString(),
      '{"messages":[{"role":"user","content":"hi"}],"anthropic_version":"bedrock-2023-05-31","max_tokens":1}',
    );
  });

  it("is answered as it came, in Anthropic's words, and costs nothing", () => {
    const free = { promptTokens: 0, outputTokens: 0 };
    const body = Buffer.from('{ "input_tokens": 12 }');
    assert.deepEqual(messagesAdapter(anthropic).decodeReply(call, {}, body), { format: "anthropic", body, usage: free });
    const amazon = messagesAdapter(bedrock).decodeReply(call, {}, Buffer.from('{"inputTokens":12}'));
    assert.ok(!(amazon instanceof RouterError));
    assert.equal(amazon.body.toString(), '{"input_tokens":12}');
    const odd = messagesAdapter(anthropic).decodeReply(call, {}, Buffer.from('{"tokens":12}'));
    assert.ok(odd instanceof RouterError && odd.code === "upstream_malformed");
  });

  it("is for another deployment where Bedrock does not count for a model", () => {
    const body = Buffer.from('{"message":"The provided model doesn\'t support counting tokens."}');
    const request = { call, wallTime: undefined };
    assert.equal(messagesAdapter(bedrock).decodeError(400, {}, body, request).code, "cannot_serve_this");
  });
});
