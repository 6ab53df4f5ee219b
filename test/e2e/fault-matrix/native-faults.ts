import { Code } from "@connectrpc/connect";
import { type Complaint, invokeVoice, openAi, type Voice, voices } from "../../support/native-voices.ts";
import { responsesVoice } from "../../support/responses-voice.ts";
import { hostedVoices } from "../../support/hosted-voices.ts";
import {
  cut,
  failed,
  type Fault,
  limited,
  loginPage,
  malformed,
  onlyInStreams,
  overloaded,
  seenText,
  stalled,
  timedOut,
  type Told,
  unreachable,
  wordsSeen,
} from "./faults.ts";
import { firstWords } from "./replies.ts";

const complaints: Readonly<Record<Complaint, readonly [Fault["class"], Told]>> = {
  request: ["caller", { code: "invalid_request", http: 400, grpc: Code.InvalidArgument }],
  key: ["own", { code: "upstream_auth", http: 502, grpc: Code.FailedPrecondition }],
  model: ["own", { code: "upstream_not_found", http: 404, grpc: Code.FailedPrecondition }],
  limit: ["limited", limited],
  failure: ["passing", failed],
  overload: ["passing", overloaded],
};

/** Between two pieces, in milliseconds: far below the 800 that a stream may be silent for. */
const signMs = 80;
const signsForMs = 1_000;

/** The faults of each provider with an API of its own. */
export const nativeFaults: readonly (readonly [string, readonly Fault[]])[] = [...voices, invokeVoice]
  .filter(({ name }) => name !== "openai")
  .map((voice) => [voice.name, faultsOf(voice)] as const);

/** The faults of those that speak Messages, at Anthropic and by Bedrock's InvokeModel. */
export const messagesFaults: readonly Fault[] = [...voices.filter(({ name }) => name === "anthropic"), invokeVoice].flatMap(faultsOf);

/** The faults of those that have Responses, and of those whose chats are said in Responses. */
export const responsesFaults: readonly Fault[] = [responsesVoice, openAi].flatMap(faultsOf);

/** The faults of hosts of others' APIs. */
export const hostedFaults: readonly Fault[] = hostedVoices.filter((voice) => voice !== invokeVoice).flatMap(faultsOf);

/** What a host sends that is alive and never gets to its first word. */
function withoutEnd(opening: Voice["opening"], quiet: Voice["quiet"]): Iterable<string | Buffer> {
  return {
    *[Symbol.iterator]() {
      yield* opening;
      for (;;) yield* quiet;
    },
  };
}

function faultsOf(voice: Voice): readonly Fault[] {
  const { opening, closing, quiet, streamType: contentType } = voice;
  const begun = [...opening, ...firstWords.slice(0, wordsSeen).map((word) => voice.word(word))];
  const inStream = (
    pieces: Iterable<string | Buffer>,
    end: "cut" | "hang" | "end" = "end",
    gapMs = 0,
  ): Pick<Fault, "unary" | "stream"> => ({ unary: onlyInStreams, stream: { kind: "stream", pieces, contentType, end, gapMs } });
  const signs = Array.from({ length: Math.ceil(signsForMs / signMs / quiet.length) }, () => quiet).flat();
  const whole = voice.reply(firstWords.join(""));
  const quietly = firstWords.flatMap((word) => [voice.word(word), ...quiet]);
  const faults: readonly Omit<Fault, "voice">[] = [
    {
      name: "nothing",
      class: "harmless",
      told: undefined,
      unary: { kind: "answer", body: whole },
      stream: { kind: "stream", pieces: [...opening, ...quiet, ...quietly, ...closing], contentType },
    },
    ...Object.entries(complaints).map(([complaint, [kind, told]]): Omit<Fault, "voice"> => {
      const { status, headers, body } = voice.refusal(complaint as Complaint);
      const refusal = { kind: "answer", status, body, ...(headers === undefined ? {} : { headers }) } as const;
      const says = {
        ...told,
        ...(complaint === "limit" && voice.limitSaysWhen !== false ? { retryAfterSeconds: 1 } : {}),
        ...(complaint === "request" && voice.wrongRequest !== undefined ? { restCode: voice.wrongRequest } : {}),
      };
      return { name: `refusal for its ${complaint}`, class: kind, told: says, unary: refusal, stream: refusal };
    }),
    {
      name: "empty body",
      class: "passing",
      told: malformed,
      unary: { kind: "answer", body: "" },
      stream: { kind: "answer", headers: { "content-type": contentType }, body: "" },
    },
    {
      name: "half an answer",
      class: "passing",
      told: malformed,
      unary: { kind: "answer", body: whole.slice(0, -20) },
      stream: { kind: "answer", body: whole.slice(0, -20) },
    },
    { name: "page", class: "passing", told: malformed, unary: loginPage, stream: loginPage },
    { name: "error event first", class: "passing", told: overloaded, ...inStream([...opening, ...quiet, voice.fault("overload")], "hang") },
    {
      name: "error event after 2 words",
      class: "too late",
      told: { ...overloaded, http: 200 },
      text: seenText,
      ...inStream([...begun, voice.fault("overload")], "hang"),
    },
    { name: "cut before content", class: "passing", told: unreachable, ...inStream([...opening, ...quiet], "cut") },
    ...(voice.thought === undefined
      ? []
      : [
          { name: "cut after a thought", class: "too late", told: cut, text: "", ...inStream([...opening, voice.thought], "cut") } as const,
        ]),
    { name: "cut after 2 words", class: "too late", told: cut, text: seenText, ...inStream(begun, "cut") },
    voice.endsUnsaid === true
      ? { name: "end after 2 words", class: "harmless", told: undefined, text: seenText, ...inStream(begun) }
      : { name: "end after 2 words", class: "too late", told: cut, text: seenText, ...inStream(begun) },
    { name: "stall before content", class: "passing", told: timedOut, ...inStream([...opening, ...quiet], "hang") },
    { name: "stall after 2 words", class: "too late", told: stalled, text: seenText, ...inStream(begun, "hang") },
    {
      name: "signs of life without end",
      class: "passing",
      told: timedOut,
      ...inStream(withoutEnd(opening, quiet), "hang", signMs),
    },
    {
      name: "signs of life between words for longer than silence may last",
      class: "harmless",
      told: undefined,
      ...inStream([...begun, ...signs, ...firstWords.slice(wordsSeen).map((word) => voice.word(word)), ...closing], "end", signMs),
    },
  ];
  return faults.map((fault) => ({ ...fault, name: `${voice.name}: ${fault.name}`, voice }));
}
