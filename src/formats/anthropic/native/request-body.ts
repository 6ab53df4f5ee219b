import type { Call, ForeignRequest } from "../../../core/call.ts";
import type { JsonValue } from "../../../core/provider.ts";
import { spliceObject } from "../../../lib/json/json-splice.ts";
import type { JsonText } from "../../../lib/json/json-text.ts";
import { chatParameters } from "../../kit/chat/chat-rules.ts";
import { askedBetas, isForHeader, keptBetas } from "../../kit/claude/betas.ts";
import { RequestDrops } from "../../kit/request-drops.ts";
import { routerFields } from "../../kit/router-fields.ts";
import { type HostEdits, hostEdits } from "./host-edits.ts";
import type { NativeTarget } from "./native-host.ts";
import { headerBetas } from "./request-headers.ts";

/** Parameters that OpenAI's API and Messages have in common. */
const shared: ReadonlySet<string> = new Set(["max_tokens", "temperature", "top_p"]);
const sampling: ReadonlySet<string> = new Set(["temperature", "top_p", "top_k"]);
/** What no deployment's default can be. */
const neverDefaults: ReadonlySet<string> = new Set(["model", "stream", "anthropic_beta", ...routerFields]);
/** What a request of InvokeModel has besides: the path says the model, and whether the reply is streamed. */
const bedrockCuts = ["model", "stream", "service_tier"];
const vertexCuts = ["model", "service_tier"];

/** A request as it goes out. */
export interface WrittenBody {
  readonly pieces: Buffer[];
  readonly headerBetas: readonly string[];
  /** What of the caller's members goes out changed or not at all. */
  readonly adjusted: readonly string[];
}

const noEdits: HostEdits = { set: new Map(), remove: new Set() };
const nothing: readonly string[] = [];
const noDefaults: ReadonlyMap<string, Buffer> = new Map();

/**
 * Writes the bodies of requests to one deployment: the caller's bytes, with another `model`, the deployment's defaults and what is dropped, and for
 * hosts other than Anthropic's own without what they do not take.
 */
export class RequestBody {
  readonly #target: NativeTarget;
  readonly #drops: RequestDrops;
  readonly #defaults: ReadonlyMap<string, Buffer>;
  readonly #remove: ReadonlySet<string>;
  #lastModel = "";
  #modelJson = Buffer.alloc(0);
  /** What is set in requests of that model to hosts that have no more to put in. */
  #modelEdit: ReadonlyMap<string, Buffer> = noDefaults;

  constructor(target: NativeTarget) {
    const { host, bodyVersion, framesEvents } = target;
    this.#target = target;
    this.#drops = new RequestDrops(host.dropped);
    this.#defaults = messagesDefaults(host.defaults, this.#drops.names);
    const cuts = bodyVersion === undefined ? [] : framesEvents === true ? bedrockCuts : vertexCuts;
    this.#remove = new Set([...routerFields, ...cuts, ...this.#drops.names]);
  }

  /** @throws RouterError where the host cannot take the request. */
  write(call: Call, foreign: ForeignRequest, model: string): WrittenBody {
    const { body } = call;
    const { betas: betaHost } = this.#target;
    const counts = foreign.operation === "count_tokens";
    const { asked, kept } = this.#betas(body, foreign);
    const edits = betaHost === undefined ? noEdits : hostEdits(body, this.#target, betaHost, { asked, kept });
    const own = this.#drops.of(body);
    const defaults = counts ? this.#countDefaults() : this.#defaultsFor(body);
    const isPlain = own === undefined && edits === noEdits;
    if (isPlain && this.#target.bodyVersion === undefined && this.#drops.names.size === 0) {
      const pieces = spliceObject(body, { set: this.#ownMembers(model, kept, counts), defaults, remove: this.#remove });
      return { pieces, headerBetas: kept, adjusted: nothing };
    }
    const dropped = own?.remove ?? this.#drops.names;
    const remove = own === undefined && edits.remove.size === 0 ? this.#remove : new Set([...this.#remove, ...dropped, ...edits.remove]);
    const set = new Map([...edits.set, ...(own?.set ?? []), ...this.#ownMembers(model, kept, counts)]);
    const pieces = spliceObject(body, { set, defaults, remove });
    const adjusted = new Set([
      ...(this.#drops.adjusted(body) ?? []),
      ...edits.remove,
      ...edits.set.keys(),
      ...(kept.length < asked.length ? ["anthropic_beta"] : []),
    ]);
    return { pieces, headerBetas: headerBetas(this.#target, kept, this.#searches(body)), adjusted: [...adjusted] };
  }

  #betas(body: JsonText, { headers }: ForeignRequest): { readonly asked: readonly string[]; readonly kept: readonly string[] } {
    const { host, betas, bodyVersion } = this.#target;
    // Only there it is a member that hosts know; elsewhere it is one of the caller's own.
    const member = bodyVersion === undefined ? undefined : body.members.findLast(({ key }) => key === "anthropic_beta");
    const inBody = member && (JSON.parse(body.bytes.toString("utf8", member.valueStart, member.valueEnd)) as JsonValue);
    const asked = askedBetas([], headers["anthropic-beta"], inBody, host.headers["anthropic-beta"], host.defaults["anthropic_beta"]);
    return { asked, kept: keptBetas(asked, betas) };
  }

  #ownMembers(model: string, kept: readonly string[], counts: boolean): ReadonlyMap<string, Buffer> {
    const { betas, bodyVersion, framesEvents } = this.#target;
    if (model !== this.#lastModel) {
      this.#modelJson = Buffer.from(JSON.stringify(model));
      this.#modelEdit = new Map([["model", this.#modelJson]]);
      this.#lastModel = model;
    }
    if (bodyVersion === undefined) return this.#modelEdit;
    const inBody = kept.filter((name) => !isForHeader(name, betas));
    return new Map([
      ["anthropic_version", Buffer.from(JSON.stringify(bodyVersion))],
      ...(inBody.length === 0 ? [] : [["anthropic_beta", Buffer.from(JSON.stringify(inBody))] as const]),
      // Vertex AI counts at one address for all models.
      ...(counts && framesEvents !== true ? [["model", this.#modelJson] as const] : []),
    ]);
  }

  /** A thinking model takes no sampling: what the deployment would have it be is for other requests. */
  #defaultsFor(body: JsonText): ReadonlyMap<string, Buffer> {
    if (this.#defaults.size === 0 || !body.members.some(({ key }) => key === "thinking")) return this.#defaults;
    return new Map([...this.#defaults].filter(([key]) => !sampling.has(key)));
  }

  /** InvokeModel, as which Bedrock counts a request, has no answer without a length. */
  #countDefaults(): ReadonlyMap<string, Buffer> {
    return this.#target.framesEvents === true ? shortest : noDefaults;
  }

  #searches(body: JsonText): boolean {
    if (this.#target.betas !== "vertex") return false;
    const tools = body.members.findLast(({ key }) => key === "tools");
    return tools !== undefined && body.bytes.subarray(tools.valueStart, tools.valueEnd).includes('"web_search_', 0, "latin1");
  }
}

const shortest: ReadonlyMap<string, Buffer> = new Map([["max_tokens", Buffer.from("1")]]);

/** A deployment's defaults, which are named as in OpenAI's API, as far as Messages have them. */
function messagesDefaults(given: Readonly<Record<string, JsonValue>>, dropped: ReadonlySet<string>): ReadonlyMap<string, Buffer> {
  const defaults = new Map<string, Buffer>();
  for (const [name, value] of Object.entries(given)) {
    const [key, own] = asMessages(name, value);
    if (chatParameters.has(key) && !shared.has(key)) continue;
    if (!neverDefaults.has(key) && !dropped.has(name) && !dropped.has(key)) defaults.set(key, Buffer.from(JSON.stringify(own)));
  }
  return defaults.size === 0 ? noDefaults : defaults;
}

function asMessages(name: string, value: JsonValue): readonly [string, JsonValue] {
  if (name === "max_completion_tokens") return ["max_tokens", value];
  if (name === "stop") return ["stop_sequences", Array.isArray(value) ? value : [value]];
  return [name, value];
}
