import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import type { Call } from "../../../../src/core/call.ts";
import type { Endpoint } from "../../../../src/core/endpoints.ts";
import { RouterError } from "../../../../src/core/errors.ts";
import type { Result } from "../../../../src/lib/result.ts";
import { openAi } from "../../../../src/formats/openai/index.ts";
import { readFormCall } from "../../../../src/formats/openai/operations/read-form-call.ts";
import { propertyRuns } from "../../../support/property-runs.ts";
import { encoded, testHost } from "../../kit/chat/support.ts";

const boundary = "----formdata-7d1";
const type = `multipart/form-data; boundary=${boundary}`;

function read(
  body: Buffer | readonly Buffer[],
  over: { type?: string; endpoint?: Endpoint; pathModel?: string } = {},
): Result<Call, RouterError> {
  return readFormCall(body, {
    endpoint: over.endpoint ?? "transcription",
    pathModel: over.pathModel,
    callId: "c",
    inboundProtocol: "rest",
    caller: undefined,
    traceContext: undefined,
    now: 0,
    headers: { "content-type": over.type ?? type },
  });
}

function callOf(body: Buffer | readonly Buffer[], over: Parameters<typeof read>[1] = {}): Call {
  const call = read(body, over);
  assert.ok(call.ok, call.ok ? "" : call.error.message);
  return call.value;
}

const field = (name: string, value: string): string =>
  `--${boundary}\r\nContent-Disposition: form-data; name="${name}"\r\n\r\n${value}\r\n`;
const file = (name: string, content: string): string =>
  `--${boundary}\r\nContent-Disposition: form-data; name="${name}"; filename="a.wav"\r\nContent-Type: audio/wav\r\n\r\n${content}\r\n`;
const end = `--${boundary}--\r\n`;
const form = (...parts: readonly string[]): Buffer => Buffer.from(parts.join("") + end, "latin1");

/** The body that goes out. */
function sent(call: Call, model: string, host: Parameters<typeof testHost>[0] = {}): string {
  return Buffer.concat(encoded(openAi.connect(testHost(host), {}), call, model).body).toString("latin1");
}

test("a form is read for its model, and goes out as it came but for that", () => {
  const body = form(file("file", "RIFF\0\xff\r\n--"), field("model", "voice"), field("language", "en"));
  const call = callOf(body);
  assert.deepEqual([call.model, call.stream, call.answers, call.format, call.body.members], ["voice", false, 0, "openai", []]);
  assert.equal(sent(call, "whisper-1"), body.toString("latin1").replace("voice", "whisper-1"));
  const request = encoded(openAi.connect(testHost(), {}), call, "whisper-1");
  assert.equal(request.headers["content-type"], type);
});

test("a form without a model has that of the path, which is put before its parts", () => {
  const body = form(file("file", "x"));
  const call = callOf(body, { pathModel: "voice" });
  assert.equal(call.model, "voice");
  assert.equal(sent(call, "whisper-1"), field("model", "whisper-1") + body.toString("latin1"));
});

test("a deployment's defaults are put before what does not name them, and what is dropped is cut out", () => {
  const body = form(field("timeout", "5"), field("model", "voice"), field("prompt", "hm"), file("file", "x"), field("language", "en"));
  const host = { defaults: { language: "de", temperature: 0, list: [1] }, dropped: ["prompt"] };
  assert.equal(
    sent(callOf(body), "up", host),
    form(field("temperature", "0"), field("model", "up"), file("file", "x"), field("language", "en")).toString("latin1"),
  );
});

test("a stream and the number of images are read", () => {
  const call = callOf(form(field("model", "m"), field("stream", "True"), field("n", "3"), file("image", "x")), { endpoint: "image_edit" });
  assert.deepEqual([call.stream, call.units], [true, { images: 3 }]);
  assert.equal(callOf(form(field("model", "m"), field("stream", "false"))).stream, false);
});

test("any form in any pieces is found whole, and goes out whole with another model", () => {
  const name = fc.stringMatching(/^[a-z_[\]]{1,12}$/).filter((one) => one !== "model" && one !== "stream" && one !== "n");
  const content = fc.oneof(fc.string({ unit: "binary" }), fc.constantFrom("\r\n", "--", "\r\n--", "\r\n------", "-", "\n--", ""));
  const parts = fc.array(fc.record({ name, content, isFile: fc.boolean() }), { maxLength: 6 });
  fc.assert(
    fc.property(parts, fc.nat(6), fc.array(fc.nat(), { maxLength: 6 }), fc.stringMatching(/^[\w/.-]{1,40}$/), (others, at, cuts, model) => {
      const texts = others.map((part) => (part.isFile ? file : field)(part.name, Buffer.from(part.content).toString("latin1")));
      const all = texts.toSpliced(at, 0, field("model", "asked/for"));
      const body = form(...all);
      const pieces: Buffer[] = [];
      let from = 0;
      for (const cut of cuts.map((one) => one % body.length).toSorted((a, b) => a - b)) {
        pieces.push(body.subarray(from, cut));
        from = cut;
      }
      pieces.push(body.subarray(from));
      const call = callOf(pieces);
      assert.equal(call.model, "asked/for");
      assert.equal(sent(call, model), form(...all.with(Math.min(at, texts.length), field("model", model))).toString("latin1"));
    }),
    propertyRuns(150),
  );
});

test("no byte of a part is copied: what goes out are views into what came, and the model", () => {
  const body = form(file("file", "x".repeat(100_000)), field("model", "voice"), file("mask", "y".repeat(1_000)));
  const request = encoded(openAi.connect(testHost(), {}), callOf(body), "up");
  const foreign = request.body.filter((piece) => piece.buffer !== body.buffer);
  assert.deepEqual(foreign.map(String), ["up"]);
});

test("of a form that is damaged or crafted, another reader sees the same model, where it is taken at all", async () => {
  const whole = form(file("file", "RIFF"), field("model", "voice"), field("language", "en")).toString("latin1");
  const crafted = fc.constantFrom(
    `\r\n--${boundary}\r\n`,
    `\n--${boundary}\n`,
    `--${boundary}--`,
    'Content-Disposition: form-data; name="model"\r\n\r\nother',
    '; name="model"',
    "; name=model",
    "; filename=x",
    '"',
    "\\",
    "\r\n",
    "\n",
    "\r",
    "\0",
    " ",
    "\t",
    "model",
  );
  const edit = fc.record({
    at: fc.nat(whole.length),
    cut: fc.constantFrom(0, 0, 0, 1, 2, 5),
    text: fc.oneof(crafted, fc.string({ maxLength: 2 })),
  });
  await fc.assert(
    fc.asyncProperty(fc.array(edit, { minLength: 1, maxLength: 3 }), async (edits) => {
      let text = whole;
      for (const { at, cut, text: inserted } of edits) text = text.slice(0, at) + inserted + text.slice(at + cut);
      const body = Buffer.from(text, "latin1");
      const call = read(body);
      if (!call.ok) return;
      const other = await new Response(body, { headers: { "content-type": type } }).formData().catch(() => undefined);
      if (other === undefined) return;
      assert.deepEqual(other.getAll("model"), [call.value.model], JSON.stringify(text));
    }),
    propertyRuns(300),
  );
});

const head = (disposition: string): string => `--${boundary}\r\n${disposition}\r\n\r\nvoice\r\n${end}`;
const plain = 'Content-Disposition: form-data; name="model"';

const hostile: readonly (readonly [what: string, body: string, fault: RegExp])[] = [
  ["nothing", "", /its boundary is not in it/],
  ["another boundary", "--other\r\n\r\n--other--", /its boundary is not in it/],
  ["only an end", end, /The field `model` is required/],
  ["no model", field("prompt", "x") + end, /The field `model` is required/],
  ["an empty model", field("model", "") + end, /The field `model` is required/],
  ["two models", field("model", "a") + field("model", "b") + end, /The field `model` is given twice/],
  ["a model that is a file", file("model", "a") + end, /The field `model` must be a plain text/],
  ["a model in base64", head(`${plain}\r\nContent-Transfer-Encoding: base64`), /The field `model` must be a plain text/],
  ["a model of bad UTF-8", field("model", "\xff") + end, /The field `model` is not valid UTF-8/],
  ["a model that is far too long", field("model", "m".repeat(100_000)) + end, /The field `model` is longer than/],
  ["a model with a line break", field("model", "a\r\nb") + end, /must not hold control characters/],
  ["no end", field("model", "a"), /is cut short/],
  ["an end in the middle of a head", `--${boundary}\r\nContent-Dispo`, /headers do not end/],
  ["something before the first part", `x\r\n${field("model", "a")}${end}`, /before its first part/],
  ["something behind the last part", `${field("model", "a")}${end}--${boundary}`, /behind its last part/],
  ["a boundary that goes on", field("model", "a") + `--${boundary}x\r\n` + end, /part of something longer/],
  ["lines that end in LF alone", (field("model", "a") + end).replaceAll("\r\n", "\n"), /part of something longer/],
  ["a boundary in the middle of a line", file("file", `x--${boundary}\r\n`) + field("model", "a") + end, /in the middle of a part/],
  [
    "a boundary behind LF alone",
    file("file", `x\n--${boundary}\r\n${plain}\r\n\r\nb`) + field("model", "a") + end,
    /in the middle of a part/,
  ],
  ["a boundary within a head", `--${boundary}\r\nX: 1\r\n--${boundary}\r\n${plain}\r\n\r\na\r\n${end}`, /in the middle of a part/],
  ["a head without a name", head("Content-Disposition: form-data"), /plain `content-disposition/],
  ["a head without a disposition", head("Content-Type: text/plain"), /plain `content-disposition/],
  ["a part without a head", `--${boundary}\r\n\r\nx\r\n${end}`, /headers do not end|not well formed/],
  ["two names", head('Content-Disposition: form-data; name="prompt"; name="model"'), /plain `content-disposition/],
  ["a name in another encoding", head("Content-Disposition: form-data; name=\"prompt\"; name*=utf-8''model"), /plain `content-disposition/],
  ["two dispositions", head(`${plain}\r\nContent-Disposition: form-data; name="prompt"`), /plain `content-disposition/],
  [
    "a quote in a file's name",
    head('Content-Disposition: form-data; name="x"; filename="a\\"; name=\\"model"'),
    /plain `content-disposition/,
  ],
  ["a backslash in a name", head('Content-Disposition: form-data; name="mo\\del"'), /plain `content-disposition/],
  ["a folded header", head('Content-Disposition: form-data;\r\n name="model"'), /not well formed/],
  ["a lone line feed in a header", head('X: 1\nContent-Disposition: form-data; name="model"'), /not well formed/],
  ["headers that are far too large", head(`X: ${"x".repeat(20_000)}\r\n${plain}`), /larger than 8192 bytes/],
  ["far too many parts", field("a", "").repeat(1_001) + field("model", "a") + end, /more than 1000 parts/],
];

for (const [what, body, fault] of hostile) {
  test(`a form with ${what} is refused`, () => {
    for (const pieces of [[Buffer.from(body, "latin1")], [...Buffer.from(body.slice(0, 3_000), "latin1")].map((byte) => Buffer.of(byte))]) {
      if (pieces.length > 1 && body.length > 3_000) continue;
      const call = read(pieces);
      assert.ok(!call.ok, what);
      assert.equal(call.error.code, "invalid_request");
      assert.match(call.error.message, fault);
    }
  });
}

const types: readonly string[] = [
  "multipart/form-data",
  "multipart/form-data; boundary=",
  `multipart/form-data; boundary=${"x".repeat(71)}`,
  'multipart/form-data; boundary="a b "',
  "multipart/form-data; boundary=a; boundary=b",
  'multipart/form-data; boundary="a\\"b"',
];

for (const one of types) {
  test(`a form of type ${one.slice(0, 60)} is refused`, () => {
    const call = read(Buffer.from("--a\r\n\r\n--a--"), { type: one });
    assert.ok(!call.ok);
    assert.match(call.error.message, /no boundary in its content type, or none that is allowed/);
  });
}

test("a boundary may stand in quotes, and a file may have any name without a quote", () => {
  const body = `--a'b\r\ncontent-disposition: Form-Data; filename=x.png; name=model2\r\n\r\nx\r\n--a'b\r\n${plain};\r\n\r\nm\r\n--a'b--`;
  assert.equal(callOf(Buffer.from(body), { type: 'multipart/form-data; charset=utf-8; boundary="a\'b"' }).model, "m");
});

test("a model of the path cannot write parts of its own", () => {
  const call = read(form(file("file", "x")), { pathModel: `m\r\n--${boundary}\r\n` });
  assert.ok(!call.ok);
  assert.match(call.error.message, /must not hold control characters/);
});

test("a form goes to no deployment of another format", () => {
  const { foreign } = callOf(form(field("model", "m")));
  const json = foreign?.toOpenAi();
  assert.ok(json instanceof RouterError);
  assert.equal(json.code, "cannot_serve_this");
});
