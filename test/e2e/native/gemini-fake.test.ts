import { ApiError, type Content, FunctionCallingConfigMode, GoogleGenAI, type Part } from "@google/genai";
import assert from "node:assert/strict";
import { after, before, beforeEach, describe, test } from "node:test";
import { GeminiApi, googleError } from "../../support/fakes/gemini-api.ts";
import { StrictHost } from "../../support/fakes/strict-host.ts";
import { loopScript, pixel, thought, toolArguments } from "../../support/fakes/tool-loop.ts";

const key = "AIza-fake";
const model = "gemini-3-flash-preview";
const user = (...parts: unknown[]) => ({ role: "user", parts });
const says = (...parts: unknown[]) => ({ role: "model", parts });
const hi = { text: "hi" };
const call = {
  functionCall: { id: "1", name: "f", args: {} },
  thoughtSignature: Buffer.from("skip_thought_signature_validator").toString("base64"),
};
const result = { functionResponse: { id: "1", name: "f", response: { content: "4" } } };
const declared = (parameters: unknown) => [{ functionDeclarations: [{ name: "f", parameters }] }];
const tools = [{ functionDeclarations: [{ name: "f" }] }];

/** What Google's documentation says is refused, and the words that name it. */
const refused: readonly (readonly [string, object, RegExp, string?])[] = [
  ["a member that it does not know", { seed: 1 }, /seed: Extra inputs/],
  ["a member of the settings that it does not know", { generationConfig: { max_tokens: 1 } }, /max_tokens: Extra inputs/],
  ["no turns", { contents: [] }, /contents is not specified/],
  ["a turn without parts", { contents: [user()] }, /must not be empty/],
  ["an empty text", { contents: [user({ text: "" })] }, /must not be empty/],
  ["a part of two kinds", { contents: [user({ text: "a", inlineData: { mimeType: "image/png", data: pixel } })] }, /oneof/],
  ["another role", { contents: [{ role: "assistant", parts: [hi] }] }, /'user' or 'model'/],
  ["turns that do not alternate", { contents: [user(hi), user(hi)] }, /alternate/],
  ["a result without its call", { tools, contents: [user(result)] }, /number of function response parts/],
  ["a call without its result", { tools, contents: [user(hi), says(call), user(hi)] }, /number of function response parts/],
  ["a call that begins", { tools, contents: [says(call), user(result)] }, /immediately after a user turn/],
  [
    "a result of another name",
    { tools, contents: [user(hi), says(call), user({ functionResponse: { ...result.functionResponse, name: "g" } })] },
    /names of their calls/,
  ],
  [
    "a result of another id",
    { tools, contents: [user(hi), says(call), user({ functionResponse: { ...result.functionResponse, id: "2" } })] },
    /ids of their calls/,
  ],
  [
    "a call without a signature",
    { tools, contents: [user(hi), says({ functionCall: call.functionCall }), user(result)] },
    /missing a thought_signature/,
  ],
  [
    "a signature that it never gave",
    { tools, contents: [user(hi), says({ ...call, thoughtSignature: "eA==" }), user(result)] },
    /signature is not valid/,
  ],
  ["a name with a slash", { tools: [{ functionDeclarations: [{ name: "a/b" }] }] }, /should match pattern/],
  [
    "a member of a schema that it does not know",
    { tools: declared({ type: "OBJECT", properties: { a: { type: "STRING", additionalProperties: false } } }) },
    /additionalProperties: Extra/,
  ],
  ["an object without properties", { tools: declared({ type: "OBJECT", properties: {} }) }, /should be non-empty/],
  [
    "an enum of numbers",
    { tools: declared({ type: "OBJECT", properties: { a: { type: "INTEGER", enum: ["1"] } } }) },
    /only allowed for STRING/,
  ],
  ["a list without items", { tools: declared({ type: "OBJECT", properties: { a: { type: "ARRAY" } } }) }, /missing field/],
  [
    "allowed names without the mode",
    { tools, toolConfig: { functionCallingConfig: { mode: "AUTO", allowedFunctionNames: ["f"] } } },
    /mode is ANY/,
  ],
  ["a level and a budget", { generationConfig: { thinkingConfig: { thinkingBudget: 1, thinkingLevel: "LOW" } } }, /only one of/],
  [
    "a level for a model of before",
    { generationConfig: { thinkingConfig: { thinkingLevel: "LOW" } } },
    /not supported/,
    "gemini-2.5-flash",
  ],
  [
    "JSON with functions for a model of before",
    { tools, generationConfig: { responseMimeType: "application/json" } },
    /unsupported/,
    "gemini-2.5-flash",
  ],
  ["a schema without the type", { generationConfig: { responseJsonSchema: { type: "object" } } }, /response_mime_type/],
  ["labels", { labels: { a: "b" } }, /labels: Cannot find field/],
];

describe("the fake of Gemini's API, and Google's own package", () => {
  let host: StrictHost;
  let client: GoogleGenAI;

  before(async () => {
    host = await StrictHost.listen(new GeminiApi({ key }));
    client = new GoogleGenAI({ apiKey: key, httpOptions: { baseUrl: host.origin } });
  });
  beforeEach(() => host.reset());
  after(() => host.close());

  const post = (body: object, headers: Record<string, string> = { "x-goog-api-key": key }, of = model) =>
    fetch(`${host.origin}/v1beta/models/${of}:generateContent`, {
      method: "POST",
      headers: { "content-type": "application/json", ...headers },
      body: JSON.stringify({ contents: [user(hi)], ...body }),
    });

  for (const [what, change, words, of] of refused) {
    test(`refuses ${what}`, async () => {
      const answer = await post(change, undefined, of);
      assert.equal(answer.status, 400);
      assert.match(((await answer.json()) as { error: { message: string } }).error.message, words);
      assert.equal(host.hits.length, 0);
    });
  }

  test("refuses who shows no key, or another one, as the package is told", async () => {
    assert.equal((await post({}, {})).status, 403);
    const stranger = new GoogleGenAI({ apiKey: "another", httpOptions: { baseUrl: host.origin } });
    await assert.rejects(
      stranger.models.generateContent({ model, contents: "hi" }),
      (error) => error instanceof ApiError && error.status === 400,
    );
  });

  test("refuses a token that has expired, where it is Vertex AI's", async () => {
    const vertex = await StrictHost.listen(new GeminiApi({ token: "fresh" }));
    try {
      const ask = (token: string) =>
        fetch(`${vertex.origin}/v1/projects/p/locations/global/publishers/google/models/${model}:generateContent`, {
          method: "POST",
          headers: { "content-type": "application/json", authorization: `Bearer ${token}` },
          body: JSON.stringify({ contents: [user(hi)] }),
        });
      vertex.script(...loopScript("1"));
      assert.equal((await ask("expired")).status, 401);
      assert.equal((await ask("fresh")).status, 200);
    } finally {
      await vertex.close();
    }
  });

  const [calls, answer] = loopScript("fc_1");

  test("holds a tool loop, whole and streamed", async () => {
    const config = {
      tools: [{ functionDeclarations: [{ name: "get_weather" }] }],
      toolConfig: { functionCallingConfig: { mode: FunctionCallingConfigMode.AUTO } },
    };
    for (const isStreamed of [false, true]) {
      const ask = async (contents: Content[]): Promise<{ parts: Part[]; output: number | undefined }> => {
        const replies = isStreamed
          ? await collected(await client.models.generateContentStream({ model, contents, config }))
          : [await client.models.generateContent({ model, contents, config })];
        const parts = replies.flatMap(({ candidates }) => candidates?.[0]?.content?.parts ?? []);
        return { parts, output: replies.at(-1)?.usageMetadata?.totalTokenCount };
      };
      host.script(calls, answer);
      const first = await ask([user(hi)] as Content[]);
      assert.equal(first.parts.map(({ text = "", thought: isThought }) => (isThought === true ? text : "")).join(""), thought);
      assert.equal(first.output, 1000);
      const asked = first.parts.find(({ functionCall }) => functionCall !== undefined);
      assert.deepEqual(asked?.functionCall, { id: "fc_1", name: "get_weather", args: toolArguments });
      const second = await ask([
        user(hi),
        { role: "model", parts: [asked] },
        user({ functionResponse: { id: "fc_1", name: "get_weather", response: { content: "4" } } }),
      ] as Content[]);
      assert.equal(second.parts.map(({ text = "" }) => text).join(""), '{"celsius":4}');
    }
  });

  test("says its errors so that the package knows them, before a stream and within it", async () => {
    host.script(googleError(429, "RESOURCE_EXHAUSTED", "Quota exceeded"), { ...answer, fault: "overloaded" });
    await assert.rejects(
      client.models.generateContent({ model, contents: "hi" }),
      (error) => error instanceof ApiError && error.status === 429,
    );
    await assert.rejects(async () => collected(await client.models.generateContentStream({ model, contents: "hi" })), /overloaded/);
  });
});

async function collected<Item>(items: AsyncIterable<Item>): Promise<Item[]> {
  const all: Item[] = [];
  for await (const item of items) all.push(item);
  return all;
}
