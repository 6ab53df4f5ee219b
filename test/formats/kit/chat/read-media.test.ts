import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { JsonMembers } from "../../../../src/core/provider.ts";
import type { MediaPart } from "../../../../src/formats/kit/chat/conversation.ts";
import { mediaTypeOf } from "../../../../src/formats/kit/chat/media-type.ts";
import { readMedia } from "../../../../src/formats/kit/chat/read-media.ts";

function read(part: JsonMembers): Omit<MediaPart, "path"> {
  const { path, ...media } = readMedia(part, part["type"] as string, "p", undefined);
  assert.equal(path, "p");
  return media;
}

const data = (mediaType: string | undefined, text: string): MediaPart["source"] => ({ kind: "data", mediaType, data: text });
const url = (address: string, mediaType?: string): MediaPart["source"] => ({ kind: "url", mediaType, url: address });
const file = (id: string, mediaType?: string): MediaPart["source"] => ({ kind: "file", mediaType, id });

const cases: readonly [string, JsonMembers, Omit<MediaPart, "path">][] = [
  [
    "an image by its address",
    { type: "image_url", image_url: { url: "https://x/a.png", detail: "low" } },
    { kind: "image", source: url("https://x/a.png"), detail: "low" },
  ],
  ["an address by itself", { type: "image_url", image_url: "https://x/a" }, { kind: "image", source: url("https://x/a") }],
  [
    "an image in base64",
    { type: "image_url", image_url: { url: "data:IMAGE/PNG;base64,AAAA" } },
    { kind: "image", source: data("image/png", "AAAA") },
  ],
  [
    "data with more options",
    { type: "image_url", image_url: "data:image/png;name=a;base64,AA" },
    { kind: "image", source: data("image/png", "AA") },
  ],
  [
    "data that is percent-encoded",
    { type: "image_url", image_url: "data:text/plain,a%20b" },
    { kind: "image", source: data("text/plain", "YSBi") },
  ],
  [
    "a type that the caller knows better",
    { type: "image_url", image_url: { url: "data:;base64,AA", format: "image/webp" } },
    { kind: "image", source: data("image/webp", "AA") },
  ],
  [
    "a document as an image",
    { type: "image_url", image_url: "data:application/pdf;base64,AA" },
    { kind: "document", source: data("application/pdf", "AA") },
  ],
  ["an uploaded image", { type: "image_url", image_url: { file_id: "f1" } }, { kind: "image", source: file("f1") }],
  ["a sound", { type: "input_audio", input_audio: { data: "AA", format: "mp3" } }, { kind: "audio", source: data("audio/mp3", "AA") }],
  ["a film", { type: "video_url", video_url: { url: "https://x/v.mp4" } }, { kind: "video", source: url("https://x/v.mp4") }],
  [
    "a file with its name",
    { type: "file", file: { file_data: "data:application/pdf;base64,AA", filename: "a.pdf" } },
    { kind: "document", source: data("application/pdf", "AA"), name: "a.pdf" },
  ],
  [
    "a file whose name tells its type",
    { type: "file", file: { file_data: "AA", filename: "a.PDF" } },
    { kind: "document", source: data("application/pdf", "AA"), name: "a.PDF" },
  ],
  [
    "a file that is an image",
    { type: "file", file: { file_data: "data:image/png;base64,AA" } },
    { kind: "image", source: data("image/png", "AA") },
  ],
  ["an uploaded file", { type: "file", file: { file_id: "f1", format: "audio/mp3" } }, { kind: "audio", source: file("f1", "audio/mp3") }],
  ["an address as an id", { type: "file", file: { file_id: "gs://b/o" } }, { kind: "document", source: url("gs://b/o") }],
  [
    "a file of the Responses API",
    { type: "input_file", file_url: "https://x/a.pdf" },
    { kind: "document", source: url("https://x/a.pdf") },
  ],
  [
    "Anthropic's image",
    { type: "image", source: { type: "base64", media_type: "image/png", data: "AA" } },
    { kind: "image", source: data("image/png", "AA") },
  ],
  [
    "Anthropic's text",
    { type: "document", title: "t", source: { type: "text", data: "a" } },
    { kind: "document", name: "t", source: data("text/plain", "YQ==") },
  ],
  ["Anthropic's address", { type: "image", source: { type: "url", url: "https://x" } }, { kind: "image", source: url("https://x") }],
  ["Anthropic's file", { type: "document", source: { type: "file", file_id: "f1" } }, { kind: "document", source: file("f1") }],
];

/** What some data is whose caller says that it is of a type. */
const typeIn = (kind: MediaPart["kind"], type: string | undefined, text: string): string | undefined =>
  mediaTypeOf({ kind, source: data(type, text) });

describe("parts of messages that are no text", () => {
  for (const [what, part, media] of cases) {
    it(`may be ${what}`, () => {
      assert.deepEqual(read(part), media);
    });
  }

  it("say where they are wrong", () => {
    const wrong: readonly [JsonMembers, string][] = [
      [{ type: "hologram" }, "p.type"],
      [{ type: "image_url" }, "p.image_url"],
      [{ type: "image_url", image_url: {} }, "p.image_url.url"],
      [{ type: "input_audio", input_audio: { format: "wav" } }, "p.input_audio.data"],
      [{ type: "file", file: {} }, "p.file"],
      [{ type: "image", source: { type: "x" } }, "p.source.type"],
    ];
    for (const [part, param] of wrong) assert.throws(() => read(part), { code: "invalid_request", param });
  });

  it("are read in time that grows with their length alone", () => {
    const long = `data:${";a".repeat(500_000)}`;
    const before = performance.now();
    read({ type: "image_url", image_url: long });
    assert.ok(performance.now() - before < 1_000);
  });

  it("are what their first bytes say, for images whatever the caller says", () => {
    assert.equal(typeIn("image", "image/jpeg", "iVBORw0KGgoAAA"), "image/png");
    assert.equal(typeIn("image", "image/jpg", "AAAA"), "image/jpeg");
    assert.equal(typeIn("document", undefined, "JVBERi0xLjQ"), "application/pdf");
    assert.equal(typeIn("document", "text/plain", "JVBERi0xLjQ"), "text/plain");
    assert.equal(mediaTypeOf({ kind: "image", source: url("https://x", "image/gif") }), "image/gif");
  });
});
