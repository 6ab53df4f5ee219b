import { hash } from "node:crypto";
import { child, showNode, type MapNode, type Place } from "../tree/config-node.ts";
import { toNode, type JsonObject } from "../overlay/json-node.ts";
import { Secrets } from "../secrets/secrets.ts";
import { FindingLog } from "../tree/finding-log.ts";
import { layered } from "./deployment-params.ts";
import { modelInfoTable } from "../settings/model-info.ts";
import { canonicalNode } from "../tree/node-json.ts";
import { SectionReader } from "../settings/section-reader.ts";

/** What a deployment's id depends on. */
export interface DeploymentDraft {
  readonly group: string;
  readonly address: string;
  /** `litellm_params` as written: what a hashed id is made from. */
  readonly params: () => MapNode;
}

/** An id that the configuration gives, and where. */
export interface ExplicitId {
  readonly at: Place;
  /** Where it stands, for messages: `model_list[2].model_info.id`. */
  readonly key: string;
  /** The group of the deployment that has it. */
  readonly group: string;
}

/** Gives every deployment an id of its own. */
export class DeploymentIds {
  readonly #log: FindingLog;
  /** Every id given out, and where. */
  readonly #ids = new Map<string, Place>();
  /** How many entries say the same, by the hashed id of the first. */
  readonly #twins = new Map<string, number>();
  /** The ids that the configuration gives. */
  readonly explicit = new Map<string, ExplicitId>();

  constructor(log: FindingLog) {
    this.#log = log;
  }

  /**
   * The id of an entry: its own, or a hash.
   * @param variant Which of the deployments that one entry stands for. Undefined when it stands for one alone.
   */
  of(draft: DeploymentDraft, info: MapNode | undefined, path: string, variant: number | undefined, problems: FindingLog): string {
    const reader = new SectionReader(modelInfoTable, info, `${path}.model_info`, problems);
    const explicit = reader.text("id");
    const node = reader.node("id");
    if (explicit !== undefined && node !== undefined) {
      const id = variant === undefined || variant === 0 ? explicit : `${explicit}-${variant + 1}`;
      const earlier = this.#ids.get(id);
      if (explicit !== "" && earlier === undefined) {
        this.explicit.set(id, { at: node.at, key: reader.pathOf("id"), group: draft.group });
        return this.#take(id, node.at);
      }
      if (explicit === "") problems.problem(node.at, reader.pathOf("id"), "must not be empty");
      else if (earlier !== undefined)
        problems.problem(node.at, reader.pathOf("id"), `the id ${showNode(node)} is taken: ${placeText(earlier)}; ids are unique`);
    }
    return this.hashed(draft, variant === undefined ? "" : String(variant), `${path}.litellm_params`);
  }

  /** The id of an entry that gives itself none; a second entry with the same content gets another, and a warning. */
  hashed(draft: DeploymentDraft, variant: string, path: string): string {
    const params = draft.params();
    const { at } = params;
    const first = deploymentId(draft.group, params, variant);
    const earlier = this.#ids.get(first);
    if (earlier === undefined) return this.#take(first, at);
    if (draft.address !== "") {
      const message = `says the same as the entry at ${placeText(earlier)}; both count as deployments, told apart by their order (model_info.id names one)`;
      this.#log.warning(at, path, message);
    }
    for (let twin = this.#twins.get(first) ?? 2; ; twin++) {
      const id = deploymentId(draft.group, params, `${variant}#${twin}`);
      if (this.#ids.has(id)) continue;
      this.#twins.set(first, twin + 1);
      return this.#take(id, at);
    }
  }

  /** Frees an id, whose deployment gives its place to another. */
  release(id: string): void {
    this.#ids.delete(id);
    // The id of a twin may be free again.
    this.#twins.clear();
    this.explicit.delete(id);
  }

  #take(id: string, at: Place): string {
    this.#ids.set(id, at);
    return id;
  }
}

function placeText(at: Place): string {
  return `${at.file.path}:${at.file.position(at.start).line}`;
}

/** 80 bits: no two of a million entries collide, and it is still read out loud. */
const idLength = 20;

/**
 * The id of an entry that gives itself none: a hash of what is written in it, so it survives restarts and reordering, and
 * changes with the entry. References are hashed as written: turning a key over does not rename a deployment.
 * @param variant Tells apart what one entry, or several identical ones, stand for.
 */
function deploymentId(group: string, params: MapNode, variant: string): string {
  const content = `${group}\n${canonicalNode(params)}\n${variant}`;
  return hash("sha256", content, "hex").slice(0, idLength);
}

/** @returns What stands for an entry's group in lists and ids where it has no usable name. */
export function writtenName(item: MapNode): string {
  const name = child(item, "model_name");
  return name?.kind === "scalar" ? name.text : "";
}

/** @returns `litellm_params` as written, with the limits beside it: what a hashed id is made from. */
export function writtenParams(item: MapNode): MapNode {
  const params = child(item, "litellm_params");
  const own: MapNode = params?.kind === "map" ? params : { kind: "map", entries: new Map(), at: item.at };
  // Entries that differ only in the limits beside `litellm_params` are no twins.
  const limits = { ...item, entries: new Map([...item.entries].filter(([name]) => name === "rpm" || name === "tpm")) };
  return layered(own, limits);
}

/** @returns The id of an entry of `model_list` that gives itself none and stands for one deployment: the same as in a file. */
export function entryId(entry: JsonObject): string {
  const node = toNode(entry, "entry", new FindingLog(), new Secrets());
  return node.kind === "map" ? deploymentId(writtenName(node), writtenParams(node), "") : "";
}
