import { Command, InvalidArgumentError, Option } from "commander";
import { durationFromMs } from "@bufbuild/protobuf/wkt";
import { DeploymentState, Eligibility, SetWeightsResponseSchema, type Deployment } from "../../../gen/huntgroup/v1/admin_pb.ts";
import { err, ok, type Result } from "../../lib/result.ts";
import { badUse, type Failure } from "../kit/failure.ts";
import { table } from "../render/table.ts";
import { findStrategy } from "../../strategies/index.ts";
import type { ServerAct, Understood } from "../kit/task.ts";
import { duration, parseAmount, presentText } from "../kit/values.ts";
import { clockTime, number, percent, span } from "../render/format.ts";
import { listAllDeployments } from "./list-all-deployments.ts";
import { operatorCommand } from "./operator-command.ts";
import { resolveId } from "./resolve-id.ts";

const notes = `
An id may be shortened to a beginning that no other id of the group has. Deployments that are not named keep their weight. Weight 0
makes a backup, which serves when no sibling can.`;

type Weights = ReadonlyMap<string, number>;

/** Makes the command `huntgroup weights set GROUP ID=N…`. */
export function weightsCommand(understood: Understood): Command {
  const over = new Option("--over <10m>", "get there in a straight line over this time; at once when left out");
  const set = new Command("set")
    .description("move traffic between a group's deployments, from the next pick on")
    .argument("<GROUP>", "", presentText)
    .argument("<ID=N...>", "", readWeight)
    .addOption(over.argParser(duration))
    .addHelpText("after", notes);
  return new Command("weights")
    .description("move traffic between deployments")
    .addCommand(operatorCommand(set, understood, setWeights, { changes: true }));
}

function setWeights(group: string, wanted: Weights, { over: overMs = 0 }: { readonly over?: number }): ServerAct {
  return async (session) => {
    const { deployments } = await listAllDeployments(session, group);
    const weights = resolveAll(wanted, deployments);
    if (!weights.ok) return weights;
    const response = await session.client.setWeights({
      weights: Object.fromEntries(weights.value),
      etag: session.etag,
      ...(overMs > 0 && { over: durationFromMs(overMs) }),
    });
    session.answer(SetWeightsResponseSchema, response, () => {
      const before = new Map(deployments.map(({ id, weight }) => [id, weight ?? 0]));
      for (const change of response.changes) before.set(change.deploymentId, change.before ?? 0);
      const after = new Map([...before, ...weights.value]);
      const rows = deployments.map((deployment) => ({
        id: deployment.id,
        weight: changed(number(before.get(deployment.id)), number(after.get(deployment.id))),
        share: changed(share(deployment, deployments, before), share(deployment, deployments, after)),
      }));
      const shown = table(
        [
          { title: "ID", cell: ({ id }) => id },
          { title: "WEIGHT", cell: ({ weight }) => weight },
          { title: "SHARE", cell: ({ share }) => share },
        ],
        rows,
        session.page(),
      );
      const by = clockTime(session.io.clock.wallTime() + overMs);
      const ramp = overMs > 0 ? `in a straight line over ${span(overMs)}, there by ${by}\n` : "";
      const strategy = deployments.find((one) => one.strategy !== "")?.strategy ?? "";
      const caveat = isByWeightAlone(strategy) ? "" : `shares by weight alone; ${strategy} looks at more than that\n`;
      return `${shown}${ramp}${caveat}`;
    });
    return ok(undefined);
  };
}

/** Whether the shares follow from the weights. Of a strategy that is not built in nothing is known. @param name Empty where no server said it. */
function isByWeightAlone(name: string): boolean {
  const plugin = findStrategy(name);
  return name === "" || (plugin.ok && plugin.value.byWeightAlone === true);
}

/** Adds `ID=N` to the weights that were read before it. */
function readWeight(pair: string, before: Weights = new Map()): Weights {
  const at = pair.lastIndexOf("=");
  const [id, weight] = [pair.slice(0, at), parseAmount(pair.slice(at + 1))];
  if (at < 1 || weight === undefined) throw new InvalidArgumentError("It must be ID=N with a number N ≥ 0.");
  if (before.has(id)) throw new InvalidArgumentError(`"${id}" is given twice.`);
  return new Map([...before, [id, weight]]);
}

function resolveAll(wanted: Weights, deployments: readonly Deployment[]): Result<Weights, Failure> {
  const weights = new Map<string, number>();
  for (const [given, weight] of wanted) {
    const id = resolveId(given, deployments);
    if (!id.ok) return id;
    if (weights.has(id.value)) return err(badUse(`"${id.value}" is given twice.`));
    weights.set(id.value, weight);
  }
  return ok(weights);
}

/** A deployment's share of the traffic among those of its order that are in use. */
function share(of: Deployment, all: readonly Deployment[], weights: Weights): string {
  if (isOut(of)) return "none";
  const together = all.filter((one) => !isOut(one) && (one.order ?? 0) === (of.order ?? 0));
  const sum = together.reduce((sum, { id }) => sum + (weights.get(id) ?? 0), 0);
  const own = weights.get(of.id) ?? 0;
  return sum === 0 || own === 0 ? "backup" : percent(own / sum);
}

function isOut({ state, eligibility }: Deployment): boolean {
  return state === DeploymentState.DRAINING || state === DeploymentState.BLOCKED || eligibility === Eligibility.INVALID;
}

function changed(before: string, after: string): string {
  return before === after ? after : `${before} -> ${after}`;
}
