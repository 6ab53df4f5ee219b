import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { JsonMembers, JsonValue } from "../../../../src/core/provider.ts";
import type { GeminiHost } from "../../../../src/formats/gemini/request/gemini-host.ts";
import { chatCall, encodedBody } from "../../kit/chat/support.ts";
import { geminiAdapter } from "../support.ts";

const imageUrl = "data:image/png;base64,iVBORw0KGgo=";
const image = { type: "image_url", image_url: { url: imageUrl } };
const png = { inlineData: { mimeType: "image/png", data: "iVBORw0KGgo=" } };

function bodyOf(content: readonly JsonMembers[], host: Partial<GeminiHost> = {}): JsonMembers {
  return encodedBody(geminiAdapter({}, { host }), chatCall({ messages: [{ role: "user", content }] }), "gemini-3.5-flash");
}

function partsOf(part: JsonMembers, host: Partial<GeminiHost> = {}): JsonValue | undefined {
  return (bodyOf([part], host)["contents"] as JsonMembers[])[0]?.["parts"];
}

function file(mimeType: string | undefined, fileUri: string): JsonMembers {
  return { fileData: { ...(mimeType === undefined ? {} : { mimeType }), fileUri } };
}

function imageAt(url: string, more: JsonMembers = {}): JsonMembers {
  return { type: "image_url", image_url: { url, ...more } };
}

function resolutionOf(...details: readonly string[]): JsonValue | undefined {
  const { generationConfig } = bodyOf(details.map((detail) => imageAt(imageUrl, { detail })));
  return (generationConfig as JsonMembers | undefined)?.["mediaResolution"];
}

describe("media", () => {
  const blank = { text: " " };
  const uploaded = "https://generativelanguage.googleapis.com/v1beta/files/x";
  const cases: readonly [string, JsonMembers, JsonMembers][] = [
    ["an image", image, png],
    [
      "a sound",
      { type: "input_audio", input_audio: { data: "AAAA", format: "mp3" } },
      { inlineData: { mimeType: "audio/mp3", data: "AAAA" } },
    ],
    ["a document", { type: "file", file: { file_data: "JVBERi0x" } }, { inlineData: { mimeType: "application/pdf", data: "JVBERi0x" } }],
    ["a file of a bucket", { type: "image_url", image_url: { url: "gs://b/a.png" } }, file("image/png", "gs://b/a.png")],
    [
      "a film",
      { type: "video_url", video_url: { url: "https://www.youtube.com/watch?v=x" } },
      file("video/mp4", "https://www.youtube.com/watch?v=x"),
    ],
    ["an uploaded file by its id", { type: "file", file: { file_id: "files/x", format: "video/webm" } }, file("video/webm", uploaded)],
    ["an uploaded file by its address", { type: "file", file: { file_id: uploaded } }, file(undefined, uploaded)],
  ];
  for (const [what, part, written] of cases) {
    it(`can be ${what}`, () => {
      assert.deepEqual(partsOf(part), [written, blank]);
    });
  }

  it("by any other address is for another deployment, unless the host fetches it", () => {
    for (const [url, host] of [
      ["https://example.com/a.jpg?x=1", {}],
      ["https://generativelanguage.googleapis.com.example.com/a", {}],
      ["http://example.com/a.jpg", { takesUrls: true }],
    ] as const) {
      assert.throws(() => partsOf(imageAt(url), host), { code: "cannot_serve_this", param: "messages[0].content[0]" });
    }
    const url = "https://example.com/a.jpg?x=1";
    assert.deepEqual(partsOf(imageAt(url), { takesUrls: true }), [file("image/jpeg", url), blank]);
  });

  it("has to say its type", () => {
    assert.throws(() => partsOf({ type: "file", file: { file_data: "AAAA" } }), {
      code: "invalid_request",
      param: "messages[0].content[0]",
    });
  });

  it("is looked at as closely as the closest asks for", () => {
    assert.equal(resolutionOf("auto"), undefined);
    assert.equal(resolutionOf("low", "auto"), "MEDIA_RESOLUTION_LOW");
    assert.equal(resolutionOf("low", "high"), "MEDIA_RESOLUTION_HIGH");
  });
});
