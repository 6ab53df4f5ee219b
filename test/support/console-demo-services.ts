import { create, type MessageInitShape } from "@bufbuild/protobuf";
import { timestampFromMs, timestampNow } from "@bufbuild/protobuf/wkt";
import { Code, ConnectError, type ConnectRouter, type HandlerContext, type ServiceImpl } from "@connectrpc/connect";
import {
  AdminService,
  DeploymentSchema,
  DeploymentState,
  KeySchema,
  KeySpecSchema,
  type Deployment,
  type Key,
} from "../../gen/huntgroup/v1/admin_pb.ts";
import { ChatService } from "../../gen/huntgroup/v1/chat_pb.ts";
import { isAble, pointSeconds, type Actor, type Stage } from "./console-demo-stage.ts";

export interface DemoAccess {
  /** Undefined: open to everybody. */
  readonly masterKey?: string | undefined;
  /** Knows only what the first server with an AdminService did: ListDeployments and SetWeights. */
  readonly older?: boolean;
}

const stateNames: Readonly<Record<DeploymentState, string>> = {
  [DeploymentState.UNSPECIFIED]: "active",
  [DeploymentState.ACTIVE]: "active",
  [DeploymentState.DRAINING]: "draining",
  [DeploymentState.BLOCKED]: "blocked",
};

/** AdminService and ChatService over a stage. */
export function addDemoServices(router: ConnectRouter, stage: Stage, options: DemoAccess): void {
  const mayEnter = (context: HandlerContext): void => {
    if (options.masterKey === undefined || keyOf(context) === options.masterKey) return;
    const fault =
      keyOf(context) === ""
        ? 'A key is needed. Send it as the header "authorization: Bearer KEY".'
        : 'The key in the header "authorization" is not valid here.';
    throw new ConnectError(fault, Code.Unauthenticated);
  };
  const admin = adminService(stage, mayEnter);
  const { listDeployments, setWeights } = admin;
  router.service(AdminService, options.older === true ? { listDeployments, setWeights } : admin);
  router.service(ChatService, chatService(stage, mayEnter));
}

type KeyMethod = "listKeys" | "createKey" | "rotateKey" | "revokeKey";

/** Keys that are made, changed and listed, in front of nobody. */
function keyMethods(stage: Stage, mayEnter: (context: HandlerContext) => void): Pick<ServiceImpl<typeof AdminService>, KeyMethod> {
  const keys = new Map<string, Key>();
  const add = (spec: MessageInitShape<typeof KeySpecSchema>, over: MessageInitShape<typeof KeySchema>): Key => {
    const key = create(KeySchema, { ...over, spec: create(KeySpecSchema, spec) });
    keys.set(key.spec?.name ?? "", key);
    return key;
  };
  add(
    { name: "checkout", models: ["gpt-4o"], rpm: 300, maxBudget: 200, budgetDuration: "1mo" },
    { origin: "admin", spentUsd: 81.4, usedRpm: 112, usedTpm: 71_000 },
  );
  add(
    { name: "search", models: ["embeddings", "llama-*"], tpm: 90_000 },
    { origin: "config", spentUsd: 3.02, usedRpm: 40, usedTpm: 61_000, inFlight: 2 },
  );
  add({ name: "old-batch" }, { revoked: true, spentUsd: 0.0042 });
  const known = (name: string): Key => {
    const key = keys.get(name);
    if (key === undefined) throw new ConnectError(`There is no key "${name}".`, Code.NotFound);
    return key;
  };
  return {
    listKeys(_request, context) {
      mayEnter(context);
      return { keys: [...keys.values()], etag: stage.etag };
    },
    createKey({ spec }, context) {
      mayEnter(context);
      if (spec === undefined || keys.has(spec.name)) throw new ConnectError(`The name "${spec?.name}" is taken.`, Code.AlreadyExists);
      const key = add(spec, {});
      stage.changed("CreateKey", "", spec.name);
      return { secret: `sk-demo-secret-of-${spec.name}`, key, etag: stage.etag };
    },
    rotateKey({ name }, context) {
      mayEnter(context);
      const key = known(name);
      stage.changed("RotateKey", name, name);
      return { secret: `sk-demo-new-secret-of-${name}`, key, etag: stage.etag };
    },
    revokeKey({ name }, context) {
      mayEnter(context);
      const key = known(name);
      key.revoked = true;
      stage.changed("RevokeKey", `${name} valid`, `${name} revoked`);
      return { key, etag: stage.etag };
    },
  };
}

function adminService(stage: Stage, mayEnter: (context: HandlerContext) => void): Pick<ServiceImpl<typeof AdminService>, AdminMethod> {
  return {
    ...keyMethods(stage, mayEnter),
    listDeployments({ pageSize }, context) {
      mayEnter(context);
      const all = [...stage.actors.values()].map((one) => one.status);
      return { deployments: pageSize === 0 ? all : all.slice(0, pageSize), etag: stage.etag };
    },
    async *watchDeployments(_request, context) {
      mayEnter(context);
      let told = new Map<string, string>();
      let wake = Promise.withResolvers<void>();
      const end = stage.listen(() => wake.resolve());
      context.signal.addEventListener("abort", () => wake.resolve());
      try {
        for (let first = true; !context.signal.aborted; first = false) {
          const now = new Map([...stage.actors].map(([id, { status }]) => [id, signature(status)]));
          const deployments = [...stage.actors.values()]
            .map((one) => one.status)
            .filter(({ id }) => told.get(id) !== now.get(id))
            .map((status) => create(DeploymentSchema, status));
          told = now;
          if (first || deployments.length > 0) yield { snapshot: first, deployments, etag: stage.etag, time: timestampNow() };
          await wake.promise;
          wake = Promise.withResolvers();
        }
      } finally {
        end();
      }
    },
    getDeployment({ deploymentId }, context) {
      mayEnter(context);
      return { deployment: stage.actor(deploymentId).status, etag: stage.etag };
    },
    setWeights({ weights, over }, context) {
      mayEnter(context);
      const wanted = Object.entries(weights).map(([id, weight]) => ({ actor: stage.actor(id), weight }));
      const now = Date.now();
      const changes = wanted.map(({ actor, weight }) => {
        const before = actor.status.weight ?? 0;
        actor.move = over === undefined ? undefined : { from: before, to: weight, begin: now, end: now + Number(over.seconds) * 1_000 };
        if (over === undefined) actor.status.weight = weight;
        return { deploymentId: actor.plan.id, before, after: weight };
      });
      const list = (key: "before" | "after") => changes.map((one) => `${one.deploymentId}=${one[key]}`).join(" ");
      stage.changed("SetWeights", list("before"), list("after"));
      return { changes, etag: stage.etag };
    },
    setDeploymentState({ deploymentId, state }, context) {
      mayEnter(context);
      const { status } = stage.actor(deploymentId);
      const before = stateNames[status.state];
      status.state = state;
      stage.changed("SetDeploymentState", `${deploymentId} ${before}`, `${deploymentId} ${stateNames[state]}`);
      return { deployment: status, etag: stage.etag };
    },
    resetCooldown({ deploymentId }, context) {
      mayEnter(context);
      const actor = stage.actor(deploymentId);
      const wasResting = actor.coolingUntil > Date.now();
      actor.coolingUntil = 0;
      stage.changed("ResetCooldown", `${deploymentId} ${wasResting ? "cooling down" : "active"}`, `${deploymentId} active`);
      return { deployment: actor.status, wasResting };
    },
    explainRoute({ model }, context) {
      mayEnter(context);
      const group = [...stage.actors.values()].map((one) => one.status).filter((one) => one.group === model);
      if (group.length === 0) throw new ConnectError(`The model "${model}" does not exist here.`, Code.NotFound);
      const able = group.filter((one) => isAble(one.eligibility));
      const picked = able.toSorted((one, other) => (other.weight ?? 0) - (one.weight ?? 0))[0];
      return {
        group: model,
        strategy: group[0]?.strategy ?? "",
        candidates: group.map((one) => ({
          deploymentId: one.id,
          eligibility: one.eligibility,
          detail: one.detail,
          weight: one.weight ?? 0,
          picked: one === picked,
          ...(isAble(one.eligibility) && { score: one.weight ?? 0 }),
        })),
        ...(picked !== undefined && { pickedId: picked.id }),
        reason:
          picked === undefined ? `Nothing in ${model} is eligible now.` : "By the weights it is the likeliest of those that are eligible.",
        scoreMeaning: "the weight, drawn at random in proportion",
        fallbacks: [...stage.groupCourses.keys()].filter((name) => name !== model).slice(0, 1),
        etag: stage.etag,
      };
    },
    getStats(_request, context) {
      mayEnter(context);
      return {
        startedAt: timestampFromMs(stage.startedAt),
        time: timestampNow(),
        version: "0.1.0",
        groups: [...stage.groupCourses].map(([group, course]) => ({ group, course })),
        deployments: [...stage.actors.values()].map(({ plan, totals, course }) => ({
          deploymentId: plan.id,
          group: plan.group,
          totals,
          course,
        })),
        queued: 0,
        pointSeconds,
        draining: false,
        etag: stage.etag,
      };
    },
    listStrategies(_request, context) {
      mayEnter(context);
      const groups = [...stage.groupCourses.keys()].map((group, index) => ({
        group,
        strategy: "simple-shuffle",
        deployments: 2,
        shadows: index === 0 ? demoShadows : [],
        advice: index === 0 ? ["has replicas at private addresses without limits or weights"] : [],
      }));
      return { groups, etag: stage.etag };
    },
    listChanges({ limit }, context) {
      mayEnter(context);
      return { changes: limit === 0 ? stage.changes : stage.changes.slice(0, limit) };
    },
    reloadConfig({ dryRun }, context) {
      mayEnter(context);
      if (!dryRun) stage.changed("ReloadConfig", "", "request timeout 30 s");
      return { ok: true, settings: ["The request timeout goes from 60 s to 30 s."], etag: stage.etag };
    },
  };
}

/** Tells two states apart; cheaper than the whole message as text. */
function signature(status: Deployment): string {
  const { weight, targetWeight, state, eligibility, inFlight, usedRpm, failureRate, successes, failures, eligibleInMs } = status;
  return [weight, targetWeight, state, eligibility, inFlight, usedRpm, failureRate, successes, failures, eligibleInMs].join();
}

function keyOf(context: HandlerContext): string {
  return (context.requestHeader.get("authorization") ?? "").replace(/^Bearer +/, "");
}

const demoShadows = [
  { strategy: "least-busy", samples: 8_120, agreed: 2_710, answerMs: { count: 7_900, mean: -64.2, standardError: 4.1, real: 410 } },
  { strategy: "p2c", samples: 8_120, agreed: 3_300, answerMs: { count: 7_900, mean: -3.4, standardError: 3.8, real: 410 } },
  {
    strategy: "cost-based-routing",
    samples: 8_120,
    agreed: 1_020,
    answerMs: { count: 7_900, mean: 120, standardError: 6.3, real: 410 },
    costUsd: { count: 8_120, mean: -0.000_41, standardError: 0.000_006, real: 0.002 },
  },
];

type AdminMethod =
  | "listStrategies"
  | "listDeployments"
  | "watchDeployments"
  | "getDeployment"
  | "setWeights"
  | "setDeploymentState"
  | "resetCooldown"
  | "explainRoute"
  | "getStats"
  | "listChanges"
  | "reloadConfig"
  | KeyMethod;

const answer = "Hello! A hunt group is one telephone number that rings whichever of many lines is free.".split(/(?<= )/);

function chatService(stage: Stage, mayEnter: (context: HandlerContext) => void): ServiceImpl<typeof ChatService> {
  const take = (model: string, context: HandlerContext): Actor => {
    mayEnter(context);
    if (!stage.groupCourses.has(model)) throw new ConnectError(`The model "${model}" does not exist here.`, Code.NotFound);
    const actor = stage.pick(model);
    if (actor === undefined) throw new ConnectError(`No deployment of ${model} is eligible now.`, Code.Unavailable);
    context.responseHeader.set("x-huntgroup-model-id", actor.plan.id);
    context.responseHeader.set("x-huntgroup-model-group", model);
    context.responseHeader.set("x-huntgroup-attempted-retries", "0");
    context.responseHeader.set("x-huntgroup-attempted-fallbacks", "0");
    context.responseHeader.set("x-huntgroup-overhead-duration-ms", "0.412");
    return actor;
  };
  return {
    chatCompletion({ model }, context) {
      const actor = take(model, context);
      stage.begin(actor, Date.now());
      stage.end(actor, true, 12, Date.now());
      return {
        id: "chatcmpl-demo",
        object: "chat.completion",
        model,
        choices: [{ message: { role: "assistant", content: answer.join("") } }],
      };
    },
    async *chatCompletionStream({ model }, context) {
      const actor = take(model, context);
      const begunAt = Date.now();
      stage.begin(actor, begunAt);
      try {
        for (const content of answer) {
          yield { id: "chatcmpl-demo", object: "chat.completion.chunk", model, choices: [{ index: 0, delta: { content } }] };
          await new Promise((resolve) => setTimeout(resolve, 15));
        }
      } finally {
        stage.end(actor, true, Date.now() - begunAt, Date.now());
      }
    },
  };
}
