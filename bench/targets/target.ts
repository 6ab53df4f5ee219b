import type { Endpoint } from "../load/jobs.ts";

/** Where the mock upstream listens. */
export interface UpstreamPorts {
  readonly rest: number;
  readonly grpc: number;
}

export interface StartContext {
  readonly upstream: UpstreamPorts;
  /** An empty one, for its configuration and whatever it writes. */
  readonly folder: string;
  /** As `taskset` writes it. */
  readonly core: string | undefined;
  /** For Node itself, where it is what the target is made of. */
  readonly nodeArgs: readonly string[];
}

/** A target that serves. */
export interface RunningTarget {
  /** The root of its process tree; undefined where that is not known. */
  readonly pid: number | undefined;
  /** How it is called over REST, where it can be. */
  readonly rest?: Endpoint;
  /** Its port for gRPC, where it has one. */
  readonly grpcPort?: number;
  readonly stop: () => Promise<void>;
}

/** What is measured, or what it is measured beside. */
export interface Target {
  readonly name: string;
  readonly doors: readonly ("rest" | "grpc")[];
  /** Its version; undefined where it is not installed. */
  version(): string | undefined;
  /** Why it is not asked for streams, where it is not. */
  readonly cannotStream?: string;
  /** How to get it, where it may be missing. */
  readonly howToGet?: string;
  start(context: StartContext): Promise<RunningTarget>;
}

/** Most are called like OpenAI itself. */
export function chatEndpoint(port: number, headers: Readonly<Record<string, string>> = {}): Endpoint {
  return { host: "127.0.0.1", port, path: "/v1/chat/completions", headers };
}
