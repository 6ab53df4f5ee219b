import assert from "node:assert/strict";
import { test } from "node:test";
import type { StreamDecoder, StreamEvent } from "../../../src/core/provider.ts";
import { defaultRouterSettings } from "../../../src/config/settings/read-router-settings.ts";
import { RouterError } from "../../../src/core/errors.ts";
import { CoreFixture, callOf, deployment, tableSource } from "../../support/core-fixture.ts";
import { fakeAdapter } from "../../support/fake-adapter.ts";
import { RecordingSink } from "../../support/recording-sink.ts";

/** Makes one event of all pieces of text in a chunk. */
function joining(id: string): ReturnType<typeof fakeAdapter> {
  const plain = fakeAdapter(id);
  const decodeStream: (typeof plain)["decodeStream"] = (call, headers) => {
    const decoder = plain.decodeStream(call, headers);
    if (decoder instanceof RouterError) return decoder;
    return {
      push(chunk, emit) {
        let pending: StreamEvent[] = [];
        const flush = (): void => {
          const parts = pending;
          pending = [];
          const [only] = parts;
          if (parts.length === 1 && only !== undefined) emit(only);
          else if (only !== undefined)
            emit({ ...only, bytes: Buffer.concat(parts.map(({ bytes }) => bytes)), data: undefined, parts: () => parts });
        };
        decoder.push(chunk, (event) => {
          if (event.kind === "content") pending.push(event);
          else {
            flush();
            emit(event);
          }
        });
        flush();
      },
      end: (emit) => decoder.end(emit),
    } satisfies StreamDecoder;
  };
  return { ...plain, decodeStream };
}

class TakesTogether extends RecordingSink {
  readonly takesTogether = true;
}

const chunks = ["preamble\n", "content a\ncontent b\ncontent c\n", "finish\ndone\n"];
const apart = ["start", "preamble", "content a", "content b", "content c", "finish", "done", "end"];
const together = ["start", "preamble", "content a\ncontent b\ncontent c", "finish", "done", "end"];

async function logOf(fixture: CoreFixture, sink: RecordingSink): Promise<readonly string[]> {
  fixture.upstream.script("a", { kind: "stream", chunks });
  fixture.router.start(callOf({ arrivedAt: fixture.clock.now(), stream: true }), sink);
  await fixture.settle();
  return sink.log;
}

const source = tableSource([deployment("a", { adapter: joining("a") })]);

test("text that came together goes on together to a sink that takes it so, and piece by piece to all others", async () => {
  assert.deepEqual(await logOf(new CoreFixture(source), new TakesTogether()), together);
  assert.deepEqual(await logOf(new CoreFixture(source), new RecordingSink()), apart);
});

test("with an observer of the text it goes piece by piece", async () => {
  const read: string[] = [];
  const observer = { callStarted: () => ({ streamed: ({ bytes }: StreamEvent) => void read.push(bytes.toString().trim()) }) };
  assert.deepEqual(await logOf(new CoreFixture(source, 1, [observer]), new TakesTogether()), apart);
  assert.deepEqual(read, apart.slice(1, -1));
});

test("an answer that may have to be resumed is read piece by piece too", async () => {
  const settings = { ...defaultRouterSettings, resumeStreams: true };
  const deployments = ["a", "b"].map((id) => deployment(id, { adapter: joining(id) }));
  const fixture = new CoreFixture(tableSource(deployments, { settings }));
  const sink = new TakesTogether();
  fixture.upstream
    .script("a", { kind: "stream", chunks: chunks.slice(0, 2), end: "break" })
    .script("b", { kind: "stream", chunks: ["preamble\n", "content d\n", "finish\ndone\n"] });
  fixture.router.start(callOf({ arrivedAt: fixture.clock.now(), stream: true }), sink);
  await fixture.settle();
  assert.equal(fixture.upstream.hitsOf("b")[0]?.body, "resume after abc");
  assert.deepEqual(sink.log, [
    "start",
    "preamble",
    "content a",
    "content b",
    "content c",
    "content d",
    "finish resumed from a by b",
    "done",
    "end",
  ]);
});

test("a sink that asks for a pause between two pieces gets one behind the last of them", async () => {
  const fixture = new CoreFixture(source);
  const sink = new RecordingSink();
  sink.pauseAfter = 2;
  fixture.upstream.script("a", { kind: "stream", chunks });
  const handle = fixture.router.start(callOf({ arrivedAt: fixture.clock.now(), stream: true }), sink);
  await fixture.settle(1_000);
  assert.deepEqual(sink.log, apart.slice(0, 5));
  sink.pauseAfter = Number.POSITIVE_INFINITY;
  handle.resume();
  await fixture.settle();
  assert.deepEqual(sink.log, apart);
});

test("a caller that hangs up between two pieces hears nothing more", async () => {
  const gone = new CoreFixture(source);
  const quitter = new RecordingSink();
  gone.upstream.script("a", { kind: "stream", chunks });
  const handle = gone.router.start(callOf({ arrivedAt: gone.clock.now(), stream: true }), quitter);
  const take = quitter.onStreamEvent.bind(quitter);
  quitter.onStreamEvent = (event) => {
    const goesOn = take(event);
    if (quitter.log.at(-1) === "content b") handle.cancel();
    return goesOn;
  };
  await gone.settle();
  assert.deepEqual(quitter.log, ["start", "preamble", "content a", "content b"]);
  assert.deepEqual([gone.router.inFlight, gone.clock.pending], [0, 0]);
});
