import type { Upstream, UpstreamExchange, UpstreamHeaders, UpstreamListener, UpstreamRequest } from "../core/upstream.ts";
import type { Clock } from "../lib/clock.ts";
import { seededRandom, type Random } from "../lib/random.ts";
import { endpointPaths } from "../formats/openai/operation-path.ts";
import { type MockProfile, mockProfileHeader, readMockProfile } from "./mock-profile.ts";
import { composeAnswer, countTokens, type MockAnswer, type MockRequest, promptText } from "./mock-answer.ts";
import { embed } from "./mock-embeddings.ts";
import { MockExchange, type MockPart, type MockScript } from "./mock-exchange.ts";
import { failureNamed, type MockFailure, randomFailure, rateLimited } from "./mock-failures.ts";
import { type MockResult, operate, parseForm } from "./mock-operations.ts";
import { RollingLimit } from "./rolling-limit.ts";

/**
 * A provider inside the process, behind the same contract as the real ones. It takes its time, has rate limits of its own, fails as often as
 * configured, and honours pause and abort. With a seeded random and a virtual clock, every run is the same.
 */
export class MockUpstream implements Upstream {
  readonly #clock: Clock;
  readonly #random: Random;
  readonly #deployments = new Map<string, MockState>();
  #answers = 0;

  constructor(deps: { readonly clock: Clock; readonly random: Random }) {
    this.#clock = deps.clock;
    this.#random = deps.random;
  }

  send(request: UpstreamRequest, listener: UpstreamListener): UpstreamExchange {
    const header = request.headers[mockProfileHeader];
    if (header === undefined) throw new Error(`A request to the mock upstream lacks the header ${mockProfileHeader}.`);
    const profile = readMockProfile(header);
    const contentType = request.headers["content-type"] ?? "";
    const body = contentType.startsWith("multipart/") ? parseForm(contentType, request.body) : parseBody(request.body);
    return new MockExchange(this.#clock, listener, this.#script(profile, request.path, body));
  }

  #script(profile: MockProfile, path: string, body: MockRequest): MockScript {
    const failure = this.#fail(profile, body);
    if (failure !== undefined) return failureScript(failure, profile.firstTokenMs);
    const about: Envelope = { id: `mock-${++this.#answers}`, created: Math.floor(this.#clock.wallTime() / 1_000), model: body["model"] };
    if (path === endpointPaths.embeddings) return unaryScript(embed(body), profile.firstTokenMs);
    const result = operate(path, body, profile.deploymentId);
    if (result !== undefined) return operationScript(result, profile.firstTokenMs);
    const answer = composeAnswer(profile, body);
    const pace: Pace = { firstTokenMs: profile.firstTokenMs, tokenMs: 1_000 / profile.tokensPerSecond };
    const chat = path === endpointPaths.chat;
    if (body["stream"] === true) return streamScript(streamParts(chat ? chatShape : textShape, about, answer, body, pace));
    const reply = chat ? chatReply(about, answer) : textReply(about, answer);
    return unaryScript(reply, pace.firstTokenMs + (answer.words.length - 1) * pace.tokenMs);
  }

  /** Limits come first: a call that is turned away is not counted, and no failure is drawn for it. */
  #fail(profile: MockProfile, body: MockRequest): MockFailure | undefined {
    const now = this.#clock.now();
    const { limits, random } = this.#stateOf(profile);
    const tokens = countTokens(promptText(body)) + (profile.outputTokens ?? 0);
    const requestWaitMs = limits.requests.waitMs(now, 1);
    if (requestWaitMs > 0) return rateLimited(`${profile.rpm} requests`, requestWaitMs);
    const tokenWaitMs = limits.tokens.waitMs(now, tokens);
    if (tokenWaitMs > 0) return rateLimited(`${profile.tpm} tokens`, tokenWaitMs);
    limits.requests.use(now, 1);
    limits.tokens.use(now, tokens);
    if (random.next() < profile.errorRate) return randomFailure;
    return failureNamed(profile.response);
  }

  /** State is kept for each deployment and its settings: after a reload with other settings, the counts begin anew. */
  #stateOf(profile: MockProfile): MockState {
    const { deploymentId, rpm, tpm, seed } = profile;
    const key = `${deploymentId} ${rpm} ${tpm} ${seed}`;
    let state = this.#deployments.get(key);
    if (state === undefined) {
      const limits = { requests: new RollingLimit(rpm), tokens: new RollingLimit(tpm) };
      state = { limits, random: seed === undefined ? this.#random : seededRandom(seed) };
      this.#deployments.set(key, state);
    }
    return state;
  }
}

/** The state of one mock deployment. */
interface MockState {
  readonly limits: { readonly requests: RollingLimit; readonly tokens: RollingLimit };
  readonly random: Random;
}

interface Envelope {
  readonly id: string;
  readonly created: number;
  readonly model: unknown;
}

const jsonHeaders: UpstreamHeaders = { "content-type": "application/json" };
const streamHeaders: UpstreamHeaders = { "content-type": "text/event-stream" };

function failureScript(failure: MockFailure, dueMs: number): MockScript {
  const { status, message, type, code, retryAfterMs } = failure;
  const retryAfter = retryAfterMs === undefined ? {} : { "retry-after": String(Math.ceil(retryAfterMs / 1_000)) };
  const bytes = Buffer.from(JSON.stringify({ error: { message, type, param: null, code } }));
  return { status, headers: { ...jsonHeaders, ...retryAfter }, parts: [{ dueMs, bytes }] };
}

function unaryScript(reply: object, dueMs: number): MockScript {
  return { status: 200, headers: jsonHeaders, parts: [{ dueMs, bytes: Buffer.from(JSON.stringify(reply)) }] };
}

function operationScript(result: MockResult, dueMs: number): MockScript {
  switch (result.kind) {
    case "json":
      return unaryScript(result.body, dueMs);
    case "bytes":
      return { status: 200, headers: { "content-type": result.type }, parts: [{ dueMs, bytes: result.body }] };
    case "events":
      return streamScript(
        result.events.map((event) => ({ dueMs, bytes: Buffer.from(`event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`) })),
      );
    default:
      return result satisfies never;
  }
}

function streamScript(parts: readonly MockPart[]): MockScript {
  return { status: 200, headers: streamHeaders, parts };
}

function usage(answer: MockAnswer): object {
  const { promptTokens, words } = answer;
  return { prompt_tokens: promptTokens, completion_tokens: words.length, total_tokens: promptTokens + words.length };
}

function chatReply(about: Envelope, answer: MockAnswer): object {
  const message = { role: "assistant", content: answer.words.join(""), refusal: null };
  const choices = [{ index: 0, message, logprobs: null, finish_reason: answer.finishReason }];
  return { id: about.id, object: "chat.completion", created: about.created, model: about.model, choices, usage: usage(answer) };
}

function textReply(about: Envelope, answer: MockAnswer): object {
  const choices = [{ index: 0, text: answer.words.join(""), logprobs: null, finish_reason: answer.finishReason }];
  return { id: about.id, object: "text_completion", created: about.created, model: about.model, choices, usage: usage(answer) };
}

/** One word for each token's time. What opens the stream comes with the first word, and what closes it with the last one. */
function streamParts(shape: StreamShape, about: Envelope, answer: MockAnswer, request: MockRequest, pace: Pace): MockPart[] {
  const part = (dueMs: number, choices: readonly object[], rest: object = {}): MockPart => {
    const chunk = { id: about.id, object: shape.object, created: about.created, model: about.model, choices, ...rest };
    return { dueMs, bytes: Buffer.from(`data: ${JSON.stringify(chunk)}\n\n`) };
  };
  const { words, finishReason } = answer;
  const lastMs = pace.firstTokenMs + (words.length - 1) * pace.tokenMs;
  return [
    ...shape.opening.map((choice) => part(pace.firstTokenMs, [choice])),
    ...words.map((word, index) => part(pace.firstTokenMs + index * pace.tokenMs, [shape.choice(word, null)])),
    part(lastMs, [shape.choice(undefined, finishReason)]),
    ...(wantsUsage(request) ? [part(lastMs, [], { usage: usage(answer) })] : []),
    { dueMs: lastMs, bytes: Buffer.from("data: [DONE]\n\n") },
  ];
}

interface Pace {
  readonly firstTokenMs: number;
  readonly tokenMs: number;
}

/** What the chunks of an operation look like. */
interface StreamShape {
  readonly object: string;
  /** Choices before the first word. */
  readonly opening: readonly object[];
  choice(word: string | undefined, finishReason: string | null): object;
}

const chatShape: StreamShape = {
  object: "chat.completion.chunk",
  opening: [{ index: 0, delta: { role: "assistant", content: "" }, finish_reason: null }],
  choice: (word, finish_reason) => ({ index: 0, delta: word === undefined ? {} : { content: word }, finish_reason }),
};

const textShape: StreamShape = {
  object: "text_completion",
  opening: [],
  choice: (word, finish_reason) => ({ index: 0, text: word ?? "", finish_reason }),
};

function wantsUsage(request: MockRequest): boolean {
  const options = request["stream_options"];
  return typeof options === "object" && options !== null && "include_usage" in options && options.include_usage === true;
}

function parseBody(pieces: readonly Uint8Array[]): MockRequest {
  return JSON.parse(Buffer.concat(pieces).toString()) as MockRequest;
}
