import assert from "node:assert/strict";
import { test } from "node:test";
import { addressedParts } from "../../../../src/formats/kit/chat/addressed-media.ts";

const url = "https://pictures.example/a.png";

/** A part with an address, and the same with content in its place. */
const parts: readonly (readonly [part: object, put: object])[] = [
  [
    { type: "image_url", image_url: { url, detail: "low" } },
    { type: "image_url", image_url: { url: "data:image/png;base64,AA==", detail: "low" } },
  ],
  [
    { type: "image_url", image_url: url },
    { type: "image_url", image_url: "data:image/png;base64,AA==" },
  ],
  [
    { type: "video_url", video_url: { url } },
    { type: "video_url", video_url: { url: "data:image/png;base64,AA==" } },
  ],
  [
    { type: "file", file: { file_id: url, format: "application/pdf" } },
    { type: "file", file: { format: "application/pdf", file_data: "data:image/png;base64,AA==" } },
  ],
  [
    { type: "input_file", file_url: url },
    { type: "input_file", file_data: "data:image/png;base64,AA==" },
  ],
  [
    { type: "document", source: { type: "url", url }, title: "t" },
    { type: "document", source: { type: "base64", media_type: "image/png", data: "AA==" }, title: "t" },
  ],
];

test("parts that name addresses are found by their places, and what they hold is put there", () => {
  for (const [part, wanted] of parts) {
    const messages = [
      { role: "system", content: "s" },
      { role: "user", content: [{ type: "text", text: url }, structuredClone(part)] },
    ];
    const [found, ...others] = addressedParts(messages);
    assert.deepEqual([found?.path, found?.url, others.length], ["messages[1].content[1]", url, 0]);
    found?.put("image/png", "AA==");
    assert.deepEqual(messages[1]?.content, [{ type: "text", text: url }, wanted]);
  }
});

test("nothing else is an address, whatever stands in its place", () => {
  const others = [
    { type: "image_url", image_url: { url: "data:image/png;base64,AA==" } },
    { type: "image_url", image_url: { url: "gs://bucket/a.png" } },
    { type: "image_url", image_url: 5 },
    { type: "file", file: { file_id: "file-1" } },
    { type: "file", file: { file_data: "AA==", file_id: url } },
    { type: "document", source: { type: "file", file_id: url } },
    { type: "text", text: url },
    null,
    7,
  ];
  assert.deepEqual(addressedParts([{ role: "user", content: others }, { content: url }, null, 3]), []);
  for (const messages of [undefined, null, "x", {}]) assert.deepEqual(addressedParts(messages), []);
});
