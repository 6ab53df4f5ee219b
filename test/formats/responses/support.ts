import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Call } from "../../../src/core/call.ts";
import type { StreamEvent } from "../../../src/core/provider.ts";
import { SealedIds } from "../../../src/auth/sealed-ids.ts";
import { scanMembers } from "../../../src/lib/json/json-splice.ts";
import { ResponsesNative } from "../../../src/formats/responses/native/responses-native.ts";
import { callerKeyOf } from "../../support/caller-key-of.ts";
import { sharedFolder } from "../../support/shared-folder.ts";
import { chatCall, testHost } from "../kit/chat/support.ts";

export const testIds = new SealedIds(Buffer.from("a secret of tests"));

/** A call by the door of Responses, of the key `k`. */
export function responsesCall(body: object, over: Partial<Call> = {}): Call {
  const whole = { model: "m", input: "hi", ...body };
  const bytes = Buffer.from(JSON.stringify(whole));
  const { stream } = whole as { readonly stream?: boolean };
  return {
    ...chatCall({}),
    format: "responses",
    caller: callerKeyOf("k"),
    stream: stream === true,
    body: { bytes, members: scanMembers(bytes) },
    foreign: {
      format: "responses",
      operation: "responses",
      headers: {},
      onlyNative: false,
      toOpenAi: () => {
        throw new Error("a native deployment asks for no chat");
      },
    },
    ...over,
  };
}

/** A deployment that has Responses, below `https://host.example/v1`. */
export function nativeSide(over: Parameters<typeof testHost>[0] = {}): ResponsesNative {
  return new ResponsesNative(testHost({ path: (call) => `/v1${call.resource?.path}`, ...over }));
}

export interface Recording {
  readonly name: string;
  readonly text: string;
}

/** Recorded answers of Responses. @param end `.json` for whole ones, `.chunks.txt` for streams. */
export function recordings(end: string): readonly Recording[] {
  const isResponses = /^(?:responses\.|azure-(?!deepseek)|openai-file)/;
  return ["openai", "azure", "open-responses"].flatMap((provider) => {
    const folder = join(sharedFolder, "recordings", provider);
    return readdirSync(folder)
      .filter((name) => name.endsWith(end) && isResponses.test(name))
      .map((name) => ({ name: `${provider}/${name}`, text: readFileSync(join(folder, name), "utf8") }));
  });
}

/** A recorded stream as it comes from the provider. @param isNamed Whether each event has a line with its name. */
export function asServerSentEvents(lines: string, isNamed = true): Buffer {
  const all = lines.split("\n").filter((line) => line !== "");
  // Some files hold the streams of several turns.
  const end = all.findIndex((line) => /^\{"type":"response\.(?:completed|incomplete)"/.test(line));
  const events = end === -1 ? all : all.slice(0, end + 1);
  return Buffer.from(
    events
      .map((line) => (isNamed ? `event: ${(JSON.parse(line) as { type: string }).type}\ndata: ${line}\n\n` : `data: ${line}\n\n`))
      .join(""),
  );
}

/** All events of a stream that comes in pieces. */
export function decodedPieces(native: ResponsesNative, call: Call, pieces: readonly Buffer[]): readonly StreamEvent[] {
  const decoder = native.decodeStream(call, { "content-type": "text/event-stream" });
  if (decoder instanceof Error) throw decoder;
  const events: StreamEvent[] = [];
  for (const piece of pieces) decoder.push(piece, (event) => events.push(event));
  decoder.end((event) => events.push(event));
  return events;
}
