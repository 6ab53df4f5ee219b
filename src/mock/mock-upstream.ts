import type { Upstream, UpstreamExchange, UpstreamListener, UpstreamRequest } from "../core/upstream.ts";
import type { Clock } from "../lib/clock.ts";
import { seededRandom, type Random } from "../lib/random.ts";
import { endpointPaths } from "../formats/openai/operation-path.ts";
import { type MockProfile, mockProfileHeader, readMockProfile } from "./mock-profile.ts";
import { replicaSpecOf } from "../replica/replica-settings.ts";
import { Replica, type ReplicaJob } from "../replica/replica.ts";
import { blocksOf, composeAnswer, countedPrompt, countTokens, type MockRequest } from "./mock-answer.ts";
import { embed } from "./mock-embeddings.ts";
import { MockExchange, type MockPart, type MockScript } from "./mock-exchange.ts";
import { failureNamed, type MockFailure, randomFailure, rateLimited } from "./mock-failures.ts";
import { type MockResult, operate, parseForm } from "./mock-operations.ts";
import { type Envelope, jsonHeaders, AnswerWriter, streamHeaders, type TextOperation, wholeReply } from "./mock-reply.ts";
import { type GrowingReply, ReplicaExchange } from "./replica-exchange.ts";
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
    const state = this.#stateOf(profile);
    const failure = this.#fail(profile, state, body);
    if (failure !== undefined) return new MockExchange(this.#clock, listener, failureScript(failure, profile.firstTokenMs));
    const about: Envelope = { id: `mock-${++this.#answers}`, created: Math.floor(this.#clock.wallTime() / 1_000), model: body["model"] };
    const operated = request.path === endpointPaths.embeddings ? undefined : operate(request.path, body, profile.deploymentId);
    if (operated !== undefined) return new MockExchange(this.#clock, listener, operationScript(operated, profile.firstTokenMs));
    const { replica } = state;
    if (replica === undefined) return new MockExchange(this.#clock, listener, answerScript(profile, request.path, body, about));
    const { job, reply } = replicaWork(profile, request.path, body, about);
    return new ReplicaExchange(this.#clock, replica, job, reply, listener);
  }

  /** Limits come first: a call that is turned away is not counted, and no failure is drawn for it. */
  #fail(profile: MockProfile, { limits, random }: MockState, body: MockRequest): MockFailure | undefined {
    const now = this.#clock.now();
    const tokens = countTokens(countedPrompt(profile, body)) + (profile.outputTokens ?? 0);
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
    const { deploymentId, rpm, tpm, seed, replica } = profile;
    const key = JSON.stringify([deploymentId, rpm, tpm, seed, replica]);
    let state = this.#deployments.get(key);
    if (state === undefined) {
      const limits = { requests: new RollingLimit(rpm), tokens: new RollingLimit(tpm) };
      state = {
        limits,
        random: seed === undefined ? this.#random : seededRandom(seed),
        // Each step tells what was written in it.
        replica: replica === undefined ? undefined : new Replica(replicaSpecOf(replica), this.#clock, 0),
      };
      this.#deployments.set(key, state);
    }
    return state;
  }
}

/** The state of one mock deployment. */
interface MockState {
  readonly limits: { readonly requests: RollingLimit; readonly tokens: RollingLimit };
  readonly random: Random;
  /** Undefined for a deployment that has its pace whatever it has to do. */
  readonly replica: Replica | undefined;
}

function operationOf(path: string): TextOperation {
  return path === endpointPaths.chat ? "chat" : "completion";
}

function answerScript(profile: MockProfile, path: string, body: MockRequest, about: Envelope): MockScript {
  if (path === endpointPaths.embeddings) return unaryScript(embed(body), profile.firstTokenMs);
  const answer = composeAnswer(profile, body);
  const operation = operationOf(path);
  const pace: Pace = { firstTokenMs: profile.firstTokenMs, tokenMs: 1_000 / profile.tokensPerSecond };
  if (body["stream"] === true) return streamScript(new AnswerWriter(operation, about, answer, body), answer.words.length, pace);
  return unaryScript(wholeReply(operation, about, answer), pace.firstTokenMs + (answer.words.length - 1) * pace.tokenMs);
}

interface WorkOfReplica {
  readonly job: ReplicaJob;
  readonly reply: GrowingReply;
}

function replicaWork(profile: MockProfile, path: string, body: MockRequest, about: Envelope): WorkOfReplica {
  const prompt = countedPrompt(profile, body);
  const blocks = (profile.replica?.cache_tokens ?? 0) > 0 ? blocksOf(prompt) : [];
  const job = { promptTokens: countTokens(prompt), outputTokens: 1, blocks };
  if (path === endpointPaths.embeddings) return { job, reply: wholeAtEnd(() => embed(body)) };
  const answer = composeAnswer(profile, body);
  const { length } = answer.words;
  const operation = operationOf(path);
  const reply =
    body["stream"] === true
      ? streamedReply(new AnswerWriter(operation, about, answer, body), length)
      : wholeAtEnd((cachedTokens) => wholeReply(operation, about, answer, cachedTokens));
  return { job: { ...job, outputTokens: Math.max(length, 1) }, reply };
}

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
    case "events": {
      const parts = result.events.map((event) => ({
        dueMs,
        bytes: Buffer.from(`event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`),
      }));
      return { status: 200, headers: streamHeaders, parts };
    }
    default:
      return result satisfies never;
  }
}

/** One word for each token's time. */
function streamScript(writer: AnswerWriter, words: number, { firstTokenMs, tokenMs }: Pace): MockScript {
  const lastMs = firstTokenMs + (words - 1) * tokenMs;
  const parts: MockPart[] = [
    ...writer.opening().map((bytes) => ({ dueMs: firstTokenMs, bytes })),
    ...Array.from({ length: words }, (_none, index) => ({ dueMs: firstTokenMs + index * tokenMs, bytes: writer.word(index) })),
    ...writer.closing().map((bytes) => ({ dueMs: lastMs, bytes })),
  ];
  return { status: 200, headers: streamHeaders, parts };
}

interface Pace {
  readonly firstTokenMs: number;
  readonly tokenMs: number;
}

/** A reply that has no more to it until it is whole. */
function wholeAtEnd(make: (cachedTokens: number) => object): GrowingReply {
  return { headers: jsonHeaders, grow: () => [], end: (cachedTokens) => [Buffer.from(JSON.stringify(make(cachedTokens)))] };
}

function streamedReply(writer: AnswerWriter, words: number): GrowingReply {
  let told = 0;
  const grow = (tokens: number): Buffer[] => {
    const chunks = told === 0 ? writer.opening() : [];
    for (const end = Math.min(tokens, words); told < end; told++) chunks.push(writer.word(told));
    return chunks;
  };
  return { headers: streamHeaders, grow, end: (cachedTokens) => [...grow(words), ...writer.closing(cachedTokens)] };
}

function parseBody(pieces: readonly Uint8Array[]): MockRequest {
  return JSON.parse(Buffer.concat(pieces).toString()) as MockRequest;
}
