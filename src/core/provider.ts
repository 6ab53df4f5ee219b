import type { Result } from "../lib/result.ts";
import type { Call } from "./call.ts";
import type { RouterError } from "./errors.ts";
import type { TextCount, Usage } from "./outcome.ts";
import type { UpstreamHeaders, UpstreamRequest } from "./upstream.ts";

/**
 * Translates between calls and one deployment's bytes. Pure: it opens no socket and keeps no state between calls. Whatever can be computed
 * once (URLs, headers, default parameters) was computed when it was made.
 *
 * @example The shape of an adapter for a format with a stream that is not made of server-sent events:
 *
 *     class LinesAdapter implements ProviderAdapter {
 *       readonly continuation = undefined;
 *       replyFormat(call: Call) {
 *         return call.format === "lines" ? "lines" : "openai";
 *       }
 *       encode(call: Call, upstreamModel: string) {
 *         const body = call.foreign?.format === "lines" ? withModel(call.body, upstreamModel) : fromOpenAi(call, upstreamModel);
 *         return body instanceof RouterError ? body : this.#signer.sign({ method: "POST", origin, path, headers, body: [body] });
 *       }
 *       decodeStream(call: Call) {
 *         return new LinesDecoder(call); // emits each event in replyFormat(call)
 *       }
 *       // and decodeReply, decodeError, readQuota, readText
 *     }
 */
export interface ProviderAdapter {
  /**
   * The format that replies and events to this call come in: the caller's own (`Call.format`) where the deployment speaks it, otherwise
   * `openai`.
   */
  replyFormat(call: Call): string;
  /**
   * Writes the request: the caller's bytes where `Call.body` is in the deployment's format, otherwise what its OpenAI's JSON becomes.
   * Synchronous; credentials that change come from a `RequestSigner`.
   * @param upstreamModel The model name that the provider is sent (differs from the configured one under a wildcard).
   * @param asksUsage Whether a stream is asked to tell its usage though the caller did not ask; see {@link canAskUsage}.
   * @returns The error that the attempt fails with where this call cannot be sent there.
   */
  encode(call: Call, upstreamModel: string, asksUsage?: boolean): UpstreamRequest | RouterError;
  /**
   * Tells before a pick whether this call cannot be sent there, so that another deployment is asked and no attempt is made. What it writes to
   * find out may be kept for {@link encode}. Omit it where only the provider can tell.
   * @returns What {@link encode} would return as an error; undefined where it would not.
   */
  refuses?(call: Call, upstreamModel: string): RouterError | undefined;
  /** OpenAI's parameters of a chat that requests to a model can carry. Omit it where that is not known. */
  chatParameters?(upstreamModel: string): readonly string[];
  /** Reads a whole, successful (2xx) reply to a unary call. An error here means that the reply was malformed, or holds one. */
  decodeReply(call: Call, headers: UpstreamHeaders, body: Buffer): DecodedReply | RouterError;
  /**
   * Makes the decoder of one streamed reply, or the error that its head already shows (a wrong content type).
   * @param hidesUsage Whether the usage was asked for as in {@link encode}: then the caller sees nothing that came of it.
   */
  decodeStream(call: Call, headers: UpstreamHeaders, hidesUsage?: boolean): StreamDecoder | RouterError;
  /** Reads a reply with a status outside 2xx: the provider's error body and what it says about trying again. */
  decodeError(status: number, headers: UpstreamHeaders, body: Buffer, request?: FailedRequest): RouterError;
  /**
   * What the provider says is left of its own limits; undefined where it does not say.
   * @param wallTime Now, in milliseconds since the Unix epoch, for limits that end at a moment.
   */
  readQuota(headers: UpstreamHeaders, wallTime?: number): Quota | undefined;
  /** The text that a content event adds to the answer; undefined when it adds anything else (tool calls, reasoning, a second choice). */
  readText(event: StreamEvent): string | undefined;
  /** Whether its host is likely to take being asked for a stream's usage. Omit it where the host tells it anyway, or never. */
  readonly canAskUsage?: boolean | undefined;
  /** How this deployment goes on with an answer that another one began; undefined where it cannot. */
  readonly continuation: Continuation | undefined;
  /** What people should know of it that its configuration does not show, each in a few words. Omit it for nothing. */
  readonly notes?: readonly string[] | undefined;
  /**
   * Scheme, host and port that all its requests go to. One whose requests go to several has none, and its entry is lent no secret of the
   * configuration file's where it was made at run time.
   */
  readonly origin: string | undefined;
  /** What its requests are signed with, where that is fetched. Omit it for nothing. */
  readonly credentials?: FetchedCredentials | undefined;
}

/**
 * A deployment's credentials that change while the program runs. They are fetched, and anew ahead of their end, for as long as the deployment is in
 * force: one that is only looked at, or refused in the end, fetches nothing.
 */
export interface FetchedCredentials {
  /** Called before the deployment comes into force. @returns Fulfilled when the first fetch has ended, with its failure. Never rejected. */
  begin(): Promise<RouterError | undefined>;
  /** Called when the deployment is no longer in force. */
  end(): void;
}

/** What the caller has of an answer whose stream was cut. */
export interface BegunAnswer {
  readonly text: string;
  /** Pieces of text that came, which stand for the output tokens that nobody told. */
  readonly pieces: number;
  /** Attempts that were cut, each of which read the prompt. */
  readonly cuts: number;
  /** The data of the stream's first piece of text: its ids are the stream's. */
  readonly sample: Buffer | undefined;
  /** The deployment whose stream was cut last, and the one that goes on. */
  readonly from: string;
  readonly by: string;
}

/** An answer that another deployment goes on with. */
export interface ResumedAnswer {
  /** The call as it is sent there. */
  readonly call: Call;
  /**
   * Makes of an event what fits the stream that the caller has: its ids, the usage of the whole, a note of who goes on in the last chunks. It
   * may become none, or several where the answer ends here.
   */
  continued(event: StreamEvent): readonly StreamEvent[];
}

/** Resumes a cut stream from what the caller has of it. */
export interface Continuation {
  /**
   * The call with the beginning of its answer, to be gone on with, and with what is left of its cap on output tokens; undefined where this
   * call cannot be. Keeps its reply format.
   */
  resume(call: Call, begun: BegunAnswer): ResumedAnswer | undefined;
}

/** What is left of a provider's limits, as its replies say. */
export interface Quota {
  readonly requests: QuotaLeft | undefined;
  readonly tokens: QuotaLeft | undefined;
}

/** What is left of one limit. */
export interface QuotaLeft {
  readonly left: number;
  /** Milliseconds from now until there is more; undefined where the provider does not say. */
  readonly resetMs: number | undefined;
}

/** What is known of a request when its failure is read. */
export interface FailedRequest {
  /** Words that the request holds too are the caller's, and say nothing of the deployment. Undefined when it is not at hand. */
  readonly call: Call | undefined;
  /** Now, in milliseconds since the Unix epoch, for dates in replies that have no `date` of their own. */
  readonly wallTime: number | undefined;
}

/** A whole reply, with `model` as the caller named it. */
export interface DecodedReply {
  /** What `body` is, where it is no JSON: `audio/mpeg`. */
  readonly contentType?: string | undefined;
  /** The caller's own format or `openai`: see {@link ProviderAdapter.replyFormat}. */
  readonly format: string;
  /** The provider's own bytes as far as they need not change, where the provider speaks `format`. */
  readonly body: Buffer;
  readonly usage: Usage | undefined;
  /** Whether the provider refused the content and the answer holds nothing else. Omit it for false. */
  readonly isFiltered?: boolean;
  /** How much text its answers hold, counted where there is no usage. */
  readonly text?: TextCount | undefined;
}

/** Turns arbitrary slices of a stream into whole events. One slice may complete several of them, or none. */
export interface StreamDecoder {
  /** The text that has come so far, of all answers. Omit it where it is not counted. */
  readonly heard?: TextCount | undefined;
  /** Calls `emit` for each event that `chunk` completes. */
  push(chunk: Buffer, emit: (event: StreamEvent) => void): void;
  /** The bytes are over: emits what was incomplete if it is still an event. */
  end(emit: (event: StreamEvent) => void): void;
}

/**
 * - `content`: something a reader of the answer would see (text, reasoning, tool calls, refusal): it commits the stream.
 * - `preamble`: a chunk without content, such as the first one that only names the role.
 * - `finish`: a chunk that carries a finish reason, or the usage.
 * - `usage`: a chunk with nothing but the usage, for which the caller did not ask: it is not passed on.
 * - `done`: the mark of the stream's end (`[DONE]`, `message_stop`). At most one is emitted.
 * - `error`: the provider's error inside a 200 stream; see {@link StreamEvent.error}.
 * - `other`: comments, keep-alives, named events: passed on to callers whose protocol can carry them.
 */
export type StreamEventKind = "content" | "preamble" | "finish" | "usage" | "done" | "error" | "other";

export interface StreamEvent {
  readonly kind: StreamEventKind;
  /** The caller's own format or `openai`: see {@link ProviderAdapter.replyFormat}. */
  readonly format: string;
  /** The whole event, framed as its format frames it on the wire (of server-sent events with the blank line), ready to be sent. */
  readonly bytes: Buffer;
  /** The JSON text in it, for callers that speak another format or protocol. Undefined for `done` and for `other` without data. */
  readonly data: Buffer | undefined;
  /** What the whole request has used so far: a decoder adds up or overlays what its format tells piece by piece. The last one counts. */
  readonly usage: Usage | undefined;
  readonly error: RouterError | undefined;
  /** Of `finish`: whether the provider refused the content, and this event holds none. Omit it for false. */
  readonly isFiltered?: boolean;
  /** Of the first event of an answer that has a type of its own: `audio/mpeg`. Omit it for others. */
  readonly contentType?: string | undefined;
  /** The single events, in order, of one that stands for several pieces of text which came together. `data` is undefined then. */
  parts?(): readonly StreamEvent[];
}

/** JSON as parsed. */
export type JsonValue = string | number | boolean | null | readonly JsonValue[] | JsonMembers;

export interface JsonMembers {
  readonly [key: string]: JsonValue;
}

/** A deployment's `litellm_params` without what the router itself acts on. Environment references are resolved. */
export interface DeploymentParams {
  /** For messages. */
  readonly deploymentId: string;
  /** The part of `model` before its first `/`, which chose the provider. For a bare name, the host that was inferred. */
  readonly prefix: string;
  /** As {@link ProviderChoice.mode}. Omit it where nothing is said. */
  readonly mode?: string | undefined;
  /** The model name as the provider knows it. It may hold `*` in a wildcard deployment. */
  readonly model: string;
  readonly apiKey: string | undefined;
  readonly apiBase: string | undefined;
  readonly apiVersion: string | undefined;
  readonly organization: string | undefined;
  readonly extraHeaders: Readonly<Record<string, string>>;
  /** Request parameters for what the caller did not set. */
  readonly defaults: Readonly<Record<string, JsonValue>>;
  /** Whether parameters that the provider refuses are left out of requests. */
  readonly dropParams: boolean;
  /** Parameters left out of every request. */
  readonly additionalDropParams: readonly string[];
  readonly mockResponse: JsonValue | undefined;
  /** The model continues an assistant message at the end of a request: by `model_info.supports_assistant_prefill`, else as is known of it. */
  readonly assistantPrefill: boolean;
  /** Settings of the built-in mock provider (`litellm_params.mock`). */
  readonly mock: Readonly<Record<string, JsonValue>> | undefined;
  /** An environment variable, for keys that stand in the provider's usual one. */
  env(name: string): string | undefined;
  /**
   * Whether credentials of the machine may be used that stand neither in the configuration nor in one variable. An entry that was made at run
   * time may use those alone which the files use with the same host.
   * @param credentials What people call them: `AWS's credential chain`.
   */
  mayUse(credentials: string): boolean;
  /** A setting of `litellm_params` by its name, for settings that only this provider knows (`aws_region_name`). References are resolved. */
  setting(name: string): JsonValue | undefined;
  /** A field of `model_info` by its name: what its operator says of the model. */
  modelInfo(name: string): JsonValue | undefined;
  /**
   * What a model can do and how much it takes, by LiteLLM's name for it (`supports_vision`): what `model_info` says, else what is generally
   * known. Undefined where nothing is.
   * @param model As the provider knows it: under a wildcard, that of the call.
   */
  modelFact(model: string, name: string): JsonValue | undefined;
}

/** What is wrong with one parameter. */
export interface ParamProblem {
  /** The setting's path under `litellm_params`: `api_base`, `mock.error_rate`. */
  readonly key: string;
  /** What is wrong and what is allowed. It never holds a secret's value. */
  readonly message: string;
  /** More on what is allowed, which is told only once, however many deployments have the problem. */
  readonly detail?: string;
}

/**
 * Hosts of one kind: where they are, what they want as credentials, and which wire format they speak.
 *
 * @example
 *
 *     export const lines: ProviderPlugin = {
 *       name: "lines",
 *       prefixes: ["lines"],
 *       connect(params) {
 *         if (params.apiBase === undefined) return err([{ key: "api_base", message: "is missing" }]);
 *         return ok(linesFormat.connect({ deploymentId: params.deploymentId, origin: params.apiBase, path: () => "/lines", … }));
 *       },
 *     };
 */
export interface ProviderPlugin {
  /** The name of its folder. */
  readonly name: string;
  /** The prefixes of `litellm_params.model` that choose it. */
  readonly prefixes: readonly string[];
  /** Where it is reached and what the environment may tell of it, for the table in docs/providers.md. Omit it where a table of hosts says so. */
  readonly place?: ProviderPlace | undefined;
  /** Makes the adapter of one deployment, and computes what its requests share. @returns The adapter, or all that is wrong with the parameters. */
  connect(params: DeploymentParams): Result<ProviderAdapter, readonly ParamProblem[]>;
}

/** Where a provider is reached, for people. */
export interface ProviderPlace {
  /** The usual address; undefined where everyone has an address of their own. */
  readonly address: string | undefined;
  /** Environment variables that may hold the address or credentials. */
  readonly variables: readonly string[];
  /** Its API, in a word or two: `Messages`. */
  readonly api: string;
  /** Whether it is part of the program: no host is asked, and no key is needed. Omit it for no. */
  readonly isBuiltIn?: boolean | undefined;
}

/** A `litellm_params.model` taken apart. */
export interface ProviderChoice {
  readonly plugin: ProviderPlugin;
  /** The provider's name for people and metrics: `groq`, `azure`, … */
  readonly provider: string;
  readonly prefix: string;
  readonly model: string;
  /** What the name says of what the model is for: `responses`. Undefined when it says nothing. */
  readonly mode?: string | undefined;
  /** Whether it stands for the models of all providers, which their names tell. Omit it for no. */
  readonly isAny?: boolean | undefined;
}

/** All known providers. */
export interface ProviderRegistry {
  /**
   * Finds the provider of a deployment.
   * @param model `litellm_params.model`. Only its first `/` separates a prefix from the name. The provider of a bare name is inferred.
   * @param hints What else may tell the provider.
   */
  choose(
    model: string,
    hints: { readonly customProvider: string | undefined; readonly apiBase: string | undefined },
  ): Result<ProviderChoice, ParamProblem>;
}
