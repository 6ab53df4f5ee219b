/** What the load generator can be asked to do, and what it says of it. All times in milliseconds unless named otherwise. */

/** Where and how a REST gateway is called. */
export interface Endpoint {
  readonly port: number;
  readonly host: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  /** What each piece of content is told by. Omit it for that of OpenAI's chats. */
  readonly phrase?: string;
}

/** The same request again and again, each connection with one at a time. Every answer must be right, or the job fails. */
export interface ClosedLoopJob {
  readonly endpoint: Endpoint;
  readonly body: string;
  readonly concurrency: number;
  readonly durationMs: number;
  /** Chunks with content in each answer; 1 for one that is not a stream. */
  readonly chunks: number;
  /** The target's process, whose CPU time is taken from the first request to the last answer. */
  readonly pid: number | undefined;
}

export interface Work {
  /** Requests, or calls. */
  readonly count: number;
  readonly elapsedMs: number;
  /** NaN without a process to look at. */
  readonly cpuMicros: number;
}

/** One request at a time, to each endpoint in turn. */
export interface InterleavedJob {
  readonly endpoints: readonly Endpoint[];
  readonly body: string;
  /** To each endpoint. */
  readonly calls: number;
}

export interface InterleavedResult {
  /** For each endpoint, what each of its calls took. */
  readonly tookMs: readonly Float64Array[];
}

/** Many streams at once. What gets lost is counted. */
export interface OpenStreamsJob {
  readonly endpoint: Endpoint;
  readonly body: string;
  /** At a time, each on a connection of its own. */
  readonly streams: number;
  /** How many each connection has, one after the other. */
  readonly repeats: number;
  /** From the first connection's first request to the last one's, evenly. */
  readonly rampMs: number;
  readonly chunks: number;
  readonly pid: number | undefined;
}

export interface OpenStreamsResult extends Work {
  /** Of the streams that had a first chunk. */
  readonly firstChunkMs: Float64Array;
  /** The longest wait between two chunks of any stream. */
  readonly largestGapMs: number;
  readonly lostChunks: number;
}

export interface GrpcJob {
  readonly port: number;
  /** `/package.Service/Method` */
  readonly path: string;
  readonly message: Uint8Array;
  readonly connections: number;
  /** Calls at a time, over all connections. */
  readonly concurrency: number;
  readonly durationMs: number;
  /** Messages with content in each answer. */
  readonly messages: number;
  readonly pid: number | undefined;
}

/** Streams that have begun and then say nothing for long. */
export interface IdleStreamsJob {
  readonly endpoint: Endpoint;
  readonly body: string;
  /** Over gRPC, if given, and not over REST. */
  readonly grpc: { readonly path: string; readonly message: Uint8Array } | undefined;
  readonly streams: number;
  /** Collects its garbage on SIGUSR2. */
  readonly pid: number;
}

/** Resident memory, in bytes. */
export interface IdleStreamsResult {
  readonly before: number;
  readonly open: number;
  /** Open still, but without garbage. */
  readonly collected: number;
}

/** A large request after the other, and small ones beside them all the time. */
export interface LargeAmongSmallJob {
  readonly endpoint: Endpoint;
  /** Over gRPC, if given, and not over REST. */
  readonly grpcPath: string | undefined;
  readonly largeBytes: number;
  readonly durationMs: number;
}

export interface LargeAmongSmallResult {
  readonly large: number;
  readonly small: number;
}

export interface Jobs {
  readonly closedLoop: { readonly job: ClosedLoopJob; readonly result: Work };
  readonly interleaved: { readonly job: InterleavedJob; readonly result: InterleavedResult };
  readonly openStreams: { readonly job: OpenStreamsJob; readonly result: OpenStreamsResult };
  readonly grpcCalls: { readonly job: GrpcJob; readonly result: Work };
  readonly largeAmongSmall: { readonly job: LargeAmongSmallJob; readonly result: LargeAmongSmallResult };
  readonly idleStreams: { readonly job: IdleStreamsJob; readonly result: IdleStreamsResult };
}

/** How a job travels between the processes. */
export interface JobMessage {
  readonly kind: keyof Jobs;
  readonly job: Jobs[keyof Jobs]["job"];
}

export type JobAnswer = { readonly result: Jobs[keyof Jobs]["result"] } | { readonly error: string };
