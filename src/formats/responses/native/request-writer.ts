import type { DeploymentHost } from "../../../core/format.ts";
import type { JsonMembers, JsonValue } from "../../../core/provider.ts";
import { spliceObject } from "../../../lib/json/json-splice.ts";
import type { JsonText } from "../../../lib/json/json-text.ts";
import { type DropPath, readDropPaths, withoutPath } from "../../kit/drop-paths.ts";
import { routerFields } from "../../kit/router-fields.ts";

/** Parameters that Responses have by another name than chat, in which a deployment's defaults are written. */
const renamed: ReadonlyMap<string, string> = new Map([
  ["max_tokens", "max_output_tokens"],
  ["max_completion_tokens", "max_output_tokens"],
]);

/** Chat's parameters that Responses do not have: a deployment's defaults for chats are none for them. */
const chatOnly: ReadonlySet<string> = new Set([
  "audio",
  "frequency_penalty",
  "function_call",
  "functions",
  "logit_bias",
  "logprobs",
  "messages",
  "modalities",
  "n",
  "prediction",
  "presence_penalty",
  "response_format",
  "seed",
  "stop",
  "verbosity",
  "web_search_options",
]);

const neverDefaults: ReadonlySet<string> = new Set(["model", "stream", "stream_options", "input", "previous_response_id", "conversation"]);

/** Writes requests of Responses for one deployment: the caller's bytes, but for `model`, the deployment's defaults and what is dropped. */
export class RequestWriter {
  readonly #defaults: ReadonlyMap<string, Buffer>;
  readonly #remove: ReadonlySet<string>;
  readonly #kept: ReadonlySet<string>;
  readonly #paths: readonly DropPath[];
  #lastModel: string | undefined;
  /** What is set in requests of that model where nothing within a parameter is dropped. */
  #modelEdit: ReadonlyMap<string, Buffer> = new Map();

  constructor({ defaults, dropped }: Pick<DeploymentHost, "defaults" | "dropped">) {
    const { names, paths } = readDropPaths(dropped);
    const dropsCap = [...renamed.keys()].some((name) => names.has(name));
    this.#remove = new Set([...routerFields, ...names, ...(dropsCap ? ["max_output_tokens"] : [])]);
    this.#kept = new Set([...routerFields, "model"]);
    this.#paths = paths;
    this.#defaults = defaultsOf(defaults, this.#remove);
  }

  /** The parameters of a request that go out changed or not at all, by the caller's names. */
  adjusted({ members }: JsonText): readonly string[] | undefined {
    const dropped = members.map(({ key }) => key).filter((key) => this.#remove.has(key) && !isRouterField.has(key));
    return dropped.length === 0 ? undefined : dropped;
  }

  /** Of a request for an answer. */
  write(body: JsonText, model: string): Buffer[] {
    if (model !== this.#lastModel) {
      this.#modelEdit = new Map([["model", Buffer.from(JSON.stringify(model))]]);
      this.#lastModel = model;
    }
    const set = this.#paths.length === 0 ? this.#modelEdit : this.#withoutPaths(body);
    return spliceObject(body, { set, defaults: this.#defaults, remove: this.#remove });
  }

  #withoutPaths(body: JsonText): ReadonlyMap<string, Buffer> {
    const set = new Map(this.#modelEdit);
    for (const path of this.#paths) {
      const member = body.members.findLast(({ key }) => key === path.parameter);
      if (member === undefined || this.#remove.has(path.parameter)) continue;
      const written = set.get(path.parameter) ?? body.bytes.subarray(member.valueStart, member.valueEnd);
      const value = JSON.parse(written.toString()) as JsonValue;
      const left = withoutPath(value, path);
      if (left !== value) set.set(path.parameter, Buffer.from(JSON.stringify(left)));
    }
    return set;
  }

  /** Of a request that is done with something kept: it goes out as it came, but for what only the router reads. */
  writeKept(body: JsonText): Buffer[] {
    return body.bytes.length === 0 ? [] : spliceObject(body, { remove: this.#kept });
  }
}

const isRouterField: ReadonlySet<string> = new Set(routerFields);

function defaultsOf(defaults: JsonMembers, remove: ReadonlySet<string>): ReadonlyMap<string, Buffer> {
  const kept = new Map<string, Buffer>();
  for (const [name, value] of Object.entries(defaults)) {
    if (chatOnly.has(name) || neverDefaults.has(name) || remove.has(name)) continue;
    // Chat says the effort alone.
    if (name === "reasoning_effort") kept.set("reasoning", Buffer.from(JSON.stringify({ effort: value })));
    else kept.set(renamed.get(name) ?? name, Buffer.from(JSON.stringify(value)));
  }
  return kept;
}
