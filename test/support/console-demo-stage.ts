import { create } from "@bufbuild/protobuf";
import { timestampFromMs, timestampNow } from "@bufbuild/protobuf/wkt";
import { Code, ConnectError } from "@connectrpc/connect";
import {
  ChangeSchema,
  DeploymentErrorSchema,
  DeploymentHealth,
  DeploymentSchema,
  DeploymentState,
  Eligibility,
  type Change,
  type CoursePoint,
  type Deployment,
} from "../../gen/huntgroup/v1/admin_pb.ts";
import { seededRandom } from "../../src/lib/random.ts";

export interface DemoDeployment {
  readonly id: string;
  readonly group: string;
  readonly address: string;
  readonly weight: number;
  readonly order?: number;
  readonly rpmLimit?: number;
  readonly tpmLimit?: number;
  readonly maxParallelRequests?: number;
  /** Until the first token, and for each one, about. */
  readonly firstTokenMs: number;
  readonly msPerToken: number;
  /** 0 … 1. */
  readonly failing?: number;
  /** What is left of a rest after failures when the curtain rises. */
  readonly restingMs?: number;
  readonly invalid?: string;
}

export const pointSeconds = 5;
export const points = 60;

/** One deployment as it lives. */
export class Actor {
  readonly plan: DemoDeployment;
  readonly status: Deployment;
  readonly course: CoursePoint[];
  readonly totals = { requests: 0, failures: 0, promptTokens: 0, outputTokens: 0, costUsd: 0 };
  coolingUntil = 0;
  move: { readonly from: number; readonly to: number; readonly begin: number; readonly end: number } | undefined;
  /** Begins of calls in the last minute. */
  starts: number[] = [];

  constructor(plan: DemoDeployment, strategy: string) {
    this.plan = plan;
    const { id, group, address, weight, order, rpmLimit, tpmLimit, maxParallelRequests, firstTokenMs, msPerToken } = plan;
    this.status = create(DeploymentSchema, {
      id,
      group,
      address,
      weight,
      strategy,
      order: order ?? 0,
      provider: address.split("/")[0] ?? "",
      state: DeploymentState.ACTIVE,
      inFlight: 0,
      usedRpm: 0,
      usedTpm: 0,
      failureRate: 0,
      successes: 0,
      failures: 0,
      cancellations: 0,
      ...(rpmLimit !== undefined && { rpmLimit }),
      ...(tpmLimit !== undefined && { tpmLimit }),
      ...(maxParallelRequests !== undefined && { maxParallelRequests }),
      ...(plan.invalid === undefined && { firstTokenMs, msPerToken }),
    });
    this.course = Array.from({ length: points }, emptyPoint);
  }

  get point(): CoursePoint {
    return this.course.at(-1)!;
  }
}

function healthOf({ successes = 0, failureRate = 0 }: Deployment): DeploymentHealth {
  if (successes === 0) return DeploymentHealth.NEVER_ANSWERED;
  return failureRate >= 0.5 ? DeploymentHealth.FAILING : DeploymentHealth.OK;
}

function emptyPoint(): CoursePoint {
  return { $typeName: "huntgroup.v1.CoursePoint", requests: 0, failures: 0 };
}

/** All of them, and what can be done to them. */
export class Stage {
  readonly actors: ReadonlyMap<string, Actor>;
  readonly groupCourses: ReadonlyMap<string, CoursePoint[]>;
  readonly startedAt = Date.now() - 7_620_000;
  readonly changes: Change[] = [];
  readonly #random = seededRandom(7);
  readonly #listeners = new Set<() => void>();
  #version = 1;

  constructor(plans: readonly DemoDeployment[]) {
    const groups = [...new Set(plans.map((plan) => plan.group))];
    const strategies = new Map(groups.map((group, index) => [group, index % 2 === 0 ? "simple-shuffle" : "least-busy"]));
    this.actors = new Map(plans.map((plan) => [plan.id, new Actor(plan, strategies.get(plan.group) ?? "")]));
    this.groupCourses = new Map(groups.map((group) => [group, Array.from({ length: points }, emptyPoint)]));
    this.refresh(Date.now());
  }

  get etag(): string {
    return `v${this.#version}`;
  }

  actor(id: string): Actor {
    const actor = this.actors.get(id);
    if (actor === undefined) throw new ConnectError(`There is no deployment "${id}".`, Code.NotFound);
    return actor;
  }

  /** Calls back whenever something may have changed. @returns Ends it. */
  listen(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  changed(what: string, before: string, after: string): void {
    this.#version++;
    this.changes.unshift(create(ChangeSchema, { time: timestampNow(), who: "master key", what, before, after, etag: this.etag }));
    this.refresh(Date.now());
    this.tell();
  }

  tell(): void {
    for (const listener of this.#listeners) listener();
  }

  /** Weighted, among those that are eligible. */
  pick(group: string): Actor | undefined {
    const able = [...this.actors.values()].filter((one) => one.status.group === group && isAble(one.status.eligibility));
    const sum = able.reduce((total, one) => total + (one.status.weight ?? 0), 0);
    if (sum === 0) return able[0];
    let left = this.#random.next() * sum;
    return able.find((one) => (left -= one.status.weight ?? 0) < 0) ?? able.at(-1);
  }

  begin(actor: Actor, now: number): void {
    actor.status.inFlight = (actor.status.inFlight ?? 0) + 1;
    actor.starts.push(now);
    refreshActor(actor, now);
  }

  end(actor: Actor, ok: boolean, totalMs: number, now: number): void {
    const { status } = actor;
    const groupPoint = this.groupCourses.get(status.group)?.at(-1);
    status.inFlight = Math.max(0, (status.inFlight ?? 0) - 1);
    status.failureRate = (status.failureRate ?? 0) * 0.95 + (ok ? 0 : 0.05);
    if (ok) status.successes = (status.successes ?? 0) + 1;
    else {
      status.failures = (status.failures ?? 0) + 1;
      status.lastError = create(DeploymentErrorSchema, {
        code: "upstream_timeout",
        message: "The deployment did not answer in time.",
        time: timestampFromMs(now),
      });
    }
    status.health = healthOf(status);
    for (const point of [actor.point, ...(groupPoint === undefined ? [] : [groupPoint])])
      record(point, ok, totalMs, actor.plan.firstTokenMs);
    actor.totals.requests++;
    actor.totals.outputTokens += 120;
    if (!ok) actor.totals.failures++;
    if (!ok && this.#random.next() < 0.04) actor.coolingUntil = now + 20_000;
    refreshActor(actor, now);
  }

  /** Time goes on: moves, rests, windows. */
  refresh(now: number): void {
    for (const actor of this.actors.values()) refreshActor(actor, now);
  }

  nextPoint(): void {
    for (const course of [...this.groupCourses.values(), ...[...this.actors.values()].map((actor) => actor.course)]) {
      course.shift();
      course.push(emptyPoint());
    }
  }

  /** How long a call takes, and whether it goes well. */
  fate(actor: Actor): { readonly ok: boolean; readonly totalMs: number } {
    const { firstTokenMs, msPerToken, failing = 0.002 } = actor.plan;
    return { ok: this.#random.next() >= failing, totalMs: (firstTokenMs + msPerToken * 60) * (0.6 + 0.9 * this.#random.next()) };
  }

  chance(): number {
    return this.#random.next();
  }
}

function refreshActor(actor: Actor, now: number): void {
  const { status, plan } = actor;
  const old = actor.starts.findIndex((at) => at > now - 60_000);
  if (old !== 0) actor.starts.splice(0, old === -1 ? actor.starts.length : old);
  status.usedRpm = actor.starts.length;
  status.usedTpm = actor.starts.length * 640;
  moveWeight(actor, now);
  Object.assign(status, judge(actor, now, plan));
}

function record(point: CoursePoint, ok: boolean, totalMs: number, firstTokenMs: number): void {
  const good = point.requests - point.failures;
  point.requests++;
  if (!ok) {
    point.failures++;
    return;
  }
  point.totalMs = ((point.totalMs ?? 0) * good + totalMs) / (good + 1);
  point.firstTokenMs = ((point.firstTokenMs ?? 0) * good + firstTokenMs * (0.8 + totalMs / 10_000)) / (good + 1);
}

function moveWeight(actor: Actor, now: number): void {
  const { move, status } = actor;
  if (move === undefined) return;
  const way = Math.min(1, (now - move.begin) / (move.end - move.begin));
  status.weight = move.from + (move.to - move.from) * way;
  if (way < 1) {
    status.targetWeight = move.to;
    status.targetTime = timestampFromMs(move.end);
    return;
  }
  actor.move = undefined;
  delete status.targetWeight;
  delete status.targetTime;
}

export function isAble(eligibility: Eligibility): boolean {
  return eligibility === Eligibility.ELIGIBLE || eligibility === Eligibility.WARMING_UP;
}

type Judgement = Pick<Deployment, "eligibility" | "detail" | "eligibleInMs">;

function verdict(eligibility: Eligibility, detail = "", eligibleInMs?: number): Judgement {
  return { eligibility, detail, eligibleInMs };
}

function judge({ status, coolingUntil }: Actor, now: number, plan: DemoDeployment): Judgement {
  if (plan.invalid !== undefined) return verdict(Eligibility.INVALID, plan.invalid);
  if (status.state === DeploymentState.BLOCKED) return verdict(Eligibility.BLOCKED, "by an operator");
  if (status.state === DeploymentState.DRAINING) return verdict(Eligibility.DRAINING, "by an operator");
  if (coolingUntil > now) return verdict(Eligibility.COOLING_DOWN, "after too many failures (503)", coolingUntil - now);
  if (status.rpmLimit !== undefined && (status.usedRpm ?? 0) >= status.rpmLimit) return verdict(Eligibility.RPM_LIMIT, "", 4_000);
  if (status.weight === 0) return verdict(Eligibility.BACKUP, "weight 0");
  if ((status.order ?? 0) > 0) return verdict(Eligibility.LOWER_ORDER_PREFERRED);
  return verdict(Eligibility.ELIGIBLE);
}
