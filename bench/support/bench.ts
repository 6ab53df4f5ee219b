import { mkdtempSync } from "node:fs";
import { join } from "node:path";
import { LoadGenerator } from "../load/load-generator.ts";
import type { Endpoint } from "../load/jobs.ts";
import { chatEndpoint, type RunningTarget, type StartContext, type Target, type UpstreamPorts } from "../targets/target.ts";
import { chatBody } from "./chat-request.ts";
import type { Cores } from "./cores.ts";
import { launch, type Launched } from "./launch.ts";
import { projectFile } from "./project-file.ts";

export interface BenchOptions {
  /** As short as can be, to see that all of it works: the figures are rough. */
  readonly quick: boolean;
  readonly rounds: number;
  readonly targets: readonly Target[];
  readonly cores: Cores;
  /** A folder that is removed afterwards. */
  readonly folder: string;
  /** Where the upstream is to listen for REST; 0: anywhere. */
  readonly upstreamPort: number;
  /** For Node itself, where it is what a target is made of. */
  readonly nodeArgs: readonly string[];
  /** Told when a target does not do what it has to. */
  readonly onFailure: (message: string) => void;
}

/** A target that serves, with its name. */
export interface Contestant extends RunningTarget {
  readonly name: string;
  readonly cannotStream?: string | undefined;
}

/** What lanes work with: load, upstream and targets, each a process of its own. */
export class Bench {
  readonly quick: boolean;
  readonly rounds: number;
  readonly load: LoadGenerator;
  readonly #options: BenchOptions;
  readonly #upstream: Launched;
  readonly #ports: UpstreamPorts;
  /** Names of what has been measured in this lane. */
  readonly #warm = new Set<string>();
  readonly #failed = new Set<Target>();
  readonly #started = new Map<Target, Contestant>();

  private constructor(options: BenchOptions, upstream: Launched, ports: UpstreamPorts) {
    this.quick = options.quick;
    this.rounds = options.rounds;
    this.load = new LoadGenerator(options.cores.load);
    this.#options = options;
    this.#upstream = upstream;
    this.#ports = ports;
  }

  static async start(options: BenchOptions): Promise<Bench> {
    const upstream = await launch({
      name: "upstream",
      command: process.execPath,
      args: [projectFile("bench/servers/upstream.ts")],
      env: { PORT: String(options.upstreamPort) },
      core: options.cores.upstream,
    });
    const grpc = upstream.ports["grpc"];
    if (grpc === undefined) throw new Error("the upstream told no port for gRPC");
    return new Bench(options, upstream, { rest: upstream.port, grpc });
  }

  /** How a caller reaches the upstream without anything in between. */
  get direct(): Endpoint {
    return chatEndpoint(this.#ports.rest);
  }

  /** For how long one measurement lasts, in milliseconds: CPU time is counted in steps of ten. */
  get spanMs(): number {
    return this.quick ? 200 : 2_000;
  }

  /** Those that were asked for and are installed. */
  get targets(): readonly Target[] {
    return this.#options.targets.filter((target) => target.version() !== undefined);
  }

  /** Of these, those that have this door, running and warm. */
  async contestants(door: "rest" | "grpc"): Promise<readonly Contestant[]> {
    const found: Contestant[] = [];
    for (const target of this.targets) {
      if (!target.doors.includes(door)) continue;
      const contestant = this.#started.get(target) ?? (this.#failed.has(target) ? undefined : await this.#firstStart(target));
      if (contestant !== undefined) found.push(contestant);
    }
    return found;
  }

  async #firstStart(target: Target): Promise<Contestant | undefined> {
    let contestant: Contestant | undefined;
    try {
      contestant = { ...(await this.start(target.name, (context) => target.start(context))), cannotStream: target.cannotStream };
      await this.warmUp(contestant);
      this.#started.set(target, contestant);
      return contestant;
    } catch (error) {
      await contestant?.stop();
      this.#failed.add(target);
      this.#fail(target.name, error);
      return undefined;
    }
  }

  /** Code that has just been loaded is slow, and its compilation takes CPU time. @param body What it is asked. Omit it for a chat. */
  async warmUp({ rest }: Pick<RunningTarget, "rest">, body: string = chatBody(150)): Promise<void> {
    if (rest === undefined) return;
    const durationMs = this.quick ? 500 : 5_000;
    await this.load.run("closedLoop", { endpoint: rest, pid: undefined, body, concurrency: 32, durationMs, chunks: 1 });
  }

  #fail(name: string, error: unknown): void {
    this.#options.onFailure(`${name} failed: ${error instanceof Error ? error.message : String(error)}`);
  }

  /** Has each target warmed up anew. */
  beginLane(): void {
    this.#warm.clear();
  }

  /** A target of a lane's own, which is to stop it, and to have it warmed up where CPU time is measured. */
  async start(name: string, start: (context: StartContext) => Promise<RunningTarget>): Promise<Contestant> {
    const folder = mkdtempSync(join(this.#options.folder, "target-"));
    return {
      ...(await start({ upstream: this.#ports, folder, core: this.#options.cores.target, nodeArgs: this.#options.nodeArgs })),
      name,
    };
  }

  /**
   * Each round asks each of them once, beginning with another one each time, so that what comes and goes on this machine meets all of them.
   * Who fails is left out from then on.
   * @param measure The first time is to warm up, and counts for nothing.
   */
  async alternate<Subject extends { readonly name: string }>(
    subjects: readonly Subject[],
    measure: (subject: Subject, warmingUp: boolean) => Promise<void>,
  ): Promise<void> {
    const failed = new Set<Subject>();
    // A quick run can't afford more than once for each lane.
    const cold = this.quick ? subjects.filter(({ name }) => !this.#warm.has(name)) : subjects;
    for (const { name } of subjects) this.#warm.add(name);
    for (let round = -1; round < this.rounds; round++) {
      for (let turn = 0; turn < subjects.length; turn++) {
        const subject = subjects[(Math.max(round, 0) + turn) % subjects.length]!;
        if (failed.has(subject) || (round === -1 && !cold.includes(subject))) continue;
        try {
          await measure(subject, round === -1);
        } catch (error) {
          failed.add(subject);
          this.#fail(subject.name, error);
        }
      }
    }
  }

  async stop(): Promise<void> {
    await Promise.all([...this.#started.values(), this.#upstream].map((running) => running.stop()));
    await this.load.stop();
  }
}
