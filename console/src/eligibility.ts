import { DeploymentHealth, DeploymentState, Eligibility, type Deployment } from "../../gen/huntgroup/v1/admin_pb.ts";

/** How a state is meant: `good` works, `waiting` will work again by itself, `bad` needs a look, `off` is intended. */
export type Tone = "good" | "waiting" | "bad" | "off";

/** Names a deployment's eligibility in two or three words, and says how they are meant. */
export function eligibilityWord(eligibility: Eligibility): { readonly word: string; readonly tone: Tone } {
  return words[eligibility] ?? { word: "unknown", tone: "waiting" };
}

const words: Readonly<Record<number, { readonly word: string; readonly tone: Tone }>> = {
  [Eligibility.ELIGIBLE]: { word: "eligible", tone: "good" },
  [Eligibility.INVALID]: { word: "left out", tone: "bad" },
  [Eligibility.BLOCKED]: { word: "blocked", tone: "off" },
  [Eligibility.DRAINING]: { word: "draining", tone: "off" },
  [Eligibility.COOLING_DOWN]: { word: "cooling down", tone: "bad" },
  [Eligibility.WARMING_UP]: { word: "warming up", tone: "waiting" },
  [Eligibility.RPM_LIMIT]: { word: "rpm limit", tone: "waiting" },
  [Eligibility.TPM_LIMIT]: { word: "tpm limit", tone: "waiting" },
  [Eligibility.ITPM_LIMIT]: { word: "input tpm limit", tone: "waiting" },
  [Eligibility.OTPM_LIMIT]: { word: "output tpm limit", tone: "waiting" },
  [Eligibility.RPD_LIMIT]: { word: "rpd limit", tone: "waiting" },
  [Eligibility.TPD_LIMIT]: { word: "tpd limit", tone: "waiting" },
  [Eligibility.MAX_PARALLEL_REQUESTS]: { word: "parallel limit", tone: "waiting" },
  [Eligibility.BACKUP]: { word: "backup", tone: "off" },
  [Eligibility.LOWER_ORDER_PREFERRED]: { word: "lower order first", tone: "off" },
  [Eligibility.OTHER_ORDER]: { word: "other order", tone: "off" },
  [Eligibility.ALREADY_TRIED]: { word: "already tried", tone: "off" },
  [Eligibility.CONTEXT_WINDOW]: { word: "prompt too long", tone: "off" },
  [Eligibility.TAGS]: { word: "tags do not match", tone: "off" },
  [Eligibility.REGION]: { word: "other region", tone: "off" },
  [Eligibility.CANNOT_SERVE_THIS]: { word: "lacks what is asked", tone: "off" },
  [Eligibility.RESPONSE_FORMAT]: { word: "no schema answers", tone: "off" },
};

/** Names the state of a deployment. One that may serve and fails is called by that. */
export function deploymentWord({ eligibility, health }: Deployment): { readonly word: string; readonly tone: Tone } {
  const state = eligibilityWord(eligibility);
  const failing = healthWords[health];
  if (failing === undefined || state.tone === "bad") return state;
  return { word: eligibility === Eligibility.ELIGIBLE ? failing : `${state.word}, ${failing}`, tone: "bad" };
}

const healthWords: Readonly<Record<number, string>> = {
  [DeploymentHealth.FAILING]: "failing",
  [DeploymentHealth.NEVER_ANSWERED]: "never answered",
};

/** Tells whether a deployment needs a look: it fails, cools down because it failed, or was left out as invalid. */
export function isSick(deployment: Deployment): boolean {
  return eligibilityWord(deployment.eligibility).tone === "bad" || healthWords[deployment.health] !== undefined;
}

const serving: ReadonlySet<Eligibility> = new Set([
  Eligibility.ELIGIBLE,
  Eligibility.BACKUP,
  Eligibility.LOWER_ORDER_PREFERRED,
  Eligibility.WARMING_UP,
]);

/** Tells whether a deployment takes calls, or would if the ones before it did not, and does not fail them. */
export function isHealthy(deployment: Deployment): boolean {
  return serving.has(deployment.eligibility) && !isSick(deployment);
}

/** Tells whether a deployment has a cooldown that could be reset. */
export function isCoolingDown(eligibility: Eligibility): boolean {
  return eligibility === Eligibility.COOLING_DOWN || eligibility === Eligibility.WARMING_UP;
}

/** Names a state that was just set. */
export function stateWord(state: DeploymentState): string {
  switch (state) {
    case DeploymentState.DRAINING:
      return "draining";
    case DeploymentState.BLOCKED:
      return "blocked";
    default:
      return "active";
  }
}
