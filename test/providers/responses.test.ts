import assert from "node:assert/strict";
import { test } from "node:test";
import { chatCall } from "../formats/kit/chat/support.ts";
import { responsesCall } from "../formats/responses/support.ts";
import { connect, encoded, type Setup } from "./support.ts";

/** Where a call of Responses goes; undefined where it goes out as a chat. */
function placeOf(setup: Setup): string | undefined {
  const { adapter, model } = connect(setup);
  const call = responsesCall({});
  if (adapter.replyFormat(call) !== "responses") return undefined;
  const { origin, path, body } = encoded(adapter, call, model);
  assert.equal((JSON.parse(Buffer.concat(body).toString()) as { model: string }).model, model);
  return origin + path;
}

function says(name: string, value: unknown): Pick<Setup, "modelInfo"> {
  return { modelInfo: (asked) => (asked === name ? (value as string) : undefined) };
}

const own = { address: "openai/llama", apiBase: "https://llama.example/v1" };
const endpoints = ["/v1/chat/completions", "/v1/responses"];
const azure = "https://r.openai.azure.com";

for (const { what, setup, place } of [
  { what: "OpenAI", setup: { address: "openai/gpt-4o" }, place: "https://api.openai.com/v1/responses" },
  { what: "a model written with its mode", setup: { address: "openai/responses/o1-pro" }, place: "https://api.openai.com/v1/responses" },
  { what: "xAI", setup: { address: "xai/grok-4" }, place: "https://api.x.ai/v1/responses" },
  { what: "a host that is not known to have them", setup: { address: "deepseek/deepseek-chat" }, place: undefined },
  { what: "a server at an address of one's own", setup: own, place: undefined },
  {
    what: "such a server whose entry names the path",
    setup: { ...own, ...says("supported_endpoints", endpoints) },
    place: "https://llama.example/v1/responses",
  },
  {
    what: "such a server that has nothing else",
    setup: { ...own, ...says("mode", "responses") },
    place: "https://llama.example/v1/responses",
  },
  {
    what: "OpenAI where the entry names chat alone",
    setup: { address: "openai/gpt-4o", ...says("supported_endpoints", ["/v1/chat/completions"]) },
    place: undefined,
  },
  {
    what: "OpenAI where the entry wants chat",
    setup: { address: "openai/gpt-4o", setting: (name: string) => name === "use_chat_completions_api" },
    place: undefined,
  },
  { what: "Azure by its path", setup: { address: "azure/mine", apiBase: azure }, place: `${azure}/openai/v1/responses` },
  {
    what: "Azure by an old version",
    setup: { address: "azure/mine", apiBase: azure, apiVersion: "2024-10-21" },
    place: `${azure}/openai/v1/responses`,
  },
  {
    what: "Azure by a version that has them",
    setup: { address: "azure/mine", apiBase: azure, apiVersion: "2025-04-01-preview" },
    place: `${azure}/openai/responses?api-version=2025-04-01-preview`,
  },
  {
    what: "Azure by its newer form",
    setup: { address: "azure/mine", apiBase: `${azure}/openai/v1` },
    place: `${azure}/openai/v1/responses`,
  },
  {
    what: "Azure's preview",
    setup: { address: "azure/mine", apiBase: azure, apiVersion: "preview" },
    place: `${azure}/openai/v1/responses?api-version=preview`,
  },
  {
    what: "Foundry by its newer form",
    setup: { address: "azure_ai/gpt-5", apiBase: "https://r.services.ai.azure.com/openai/v1" },
    place: "https://r.services.ai.azure.com/openai/v1/responses",
  },
  {
    what: "a model of Foundry by the request's model",
    setup: { address: "azure_ai/llama", apiBase: "https://r.services.ai.azure.com/models" },
    place: undefined,
  },
]) {
  test(`Responses go to ${what} ${place === undefined ? "as chats" : `at ${place}`}`, () => {
    assert.equal(placeOf(setup), place);
  });
}

test("a chat to a deployment that has Responses alone goes there, translated", () => {
  const { adapter, model } = connect({ address: "openai/responses/o1-pro" });
  const { origin, path, body } = encoded(adapter, chatCall({}), model);
  assert.equal(origin + path, "https://api.openai.com/v1/responses");
  assert.deepEqual(Object.keys(JSON.parse(Buffer.concat(body).toString()) as object), ["model", "input", "store"]);
});

test("a chat to a deployment that has both goes out as a chat", () => {
  const { adapter, model } = connect({ address: "openai/gpt-4o" });
  assert.equal(encoded(adapter, chatCall({}), model).path, "/v1/chat/completions");
});
