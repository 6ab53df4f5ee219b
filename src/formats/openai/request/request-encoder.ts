import type { DeploymentHost } from "../../../core/format.ts";
import { scanObject, spliceObject } from "../../../lib/json/json-splice.ts";
import type { JsonText } from "../../../lib/json/json-text.ts";
import { routerFields } from "../../kit/router-fields.ts";
import { RequestDrops } from "../../kit/request-drops.ts";
import { twinParameters } from "../../kit/request/twin-parameters.ts";

const removedAlways: ReadonlySet<string> = new Set(routerFields);
const none: ReadonlyMap<string, Buffer> = new Map();

/** Fields that cannot be a deployment's default: whether to stream is each caller's choice, and the model is put in anyway. */
const neverDefaults: ReadonlySet<string> = new Set(["model", "stream", ...routerFields]);

interface RequestEncoderOptions extends Pick<DeploymentHost, "defaults" | "dropped"> {
  /** Parameters that the host is known to refuse: left out where a request says `drop_params`. Omit it for none. */
  readonly refused?: readonly string[];
}

/** A name of the cap on output tokens. */
export type OutputCap = "max_tokens" | "max_completion_tokens";

/** Writes request bodies for one deployment: the caller's bytes, except for `model`, the deployment's defaults and what is dropped. */
export class RequestEncoder {
  readonly #remove: ReadonlySet<string>;
  readonly #defaults: ReadonlyMap<string, Buffer>;
  /** The same for unary calls: without what only a stream may have. */
  readonly #unaryDefaults: ReadonlyMap<string, Buffer>;
  readonly #hasTwins: boolean;
  /** The one cap that the host knows, and the name that it does not know. */
  readonly #cap: { readonly name: OutputCap; readonly other: string; readonly remove: ReadonlySet<string> } | undefined;
  /** The same for streams whose usage is asked for. */
  readonly #askingDefaults: ReadonlyMap<string, Buffer>;
  /** Whether streams can be asked for their usage: not where `stream_options` is dropped. */
  readonly canAskUsage: boolean;
  readonly #drops: RequestDrops;
  #lastModel = "";
  #lastEdit = none;

  /** @param outputCap The one name of the cap on output tokens that the host knows. Undefined where it knows both. */
  constructor(options: RequestEncoderOptions, outputCap?: OutputCap) {
    this.#drops = new RequestDrops(options.dropped, options.refused);
    const dropped = this.#drops.names;
    // Thousands of deployments drop nothing of their own, and share one set.
    this.#remove = dropped.size === 0 ? removedAlways : new Set([...routerFields, ...dropped]);
    const defaults = new Map<string, Buffer>();
    const other = outputCap === undefined ? "" : (twinParameters.get(outputCap) ?? "");
    this.#cap = outputCap && { name: outputCap, other, remove: new Set([...this.#remove, other]) };
    for (const [written, value] of Object.entries(options.defaults)) {
      const key = outputCap !== undefined && written === other ? outputCap : written;
      if (!neverDefaults.has(key) && !dropped.has(key)) defaults.set(key, Buffer.from(JSON.stringify(value)));
    }
    this.#defaults = defaults.size === 0 ? none : defaults;
    this.#unaryDefaults = defaults.has("stream_options")
      ? new Map([...defaults].filter(([key]) => key !== "stream_options"))
      : this.#defaults;
    this.#askingDefaults = new Map([...defaults, [usageOption, asking(defaults.get(usageOption))]]);
    this.canAskUsage = !dropped.has(usageOption);
    this.#hasTwins = [...defaults.keys()].some((key) => twinParameters.has(key));
  }

  /**
   * @param body OpenAI's JSON.
   * @param asksUsage Whether the stream is asked for its usage, though its caller did not ask.
   * @returns The body to be sent, in pieces.
   */
  encode(body: JsonText, stream: boolean, upstreamModel: string, asksUsage = false): Buffer[] {
    // The model changes from call to call only under a wildcard.
    if (upstreamModel !== this.#lastModel) {
      this.#lastEdit = new Map([["model", Buffer.from(JSON.stringify(upstreamModel))]]);
      this.#lastModel = upstreamModel;
    }
    const own = this.#drops.of(body);
    const asked = asksUsage ? this.#asking(body) : this.#lastEdit;
    const edit = own === undefined || own.set.size === 0 ? asked : new Map([...own.set, ...asked]);
    const usual = this.#defaultsFor(body, stream, asksUsage);
    const defaults = own === undefined ? usual : new Map([...usual].filter(([key]) => !own.remove.has(key)));
    const cap = this.#cap === undefined ? undefined : this.#renamedCap(body, this.#cap.other);
    const removed = own?.remove ?? this.#remove;
    if (this.#cap === undefined || cap === undefined) return spliceObject(body, { set: edit, defaults, remove: removed });
    const { name, other } = this.#cap;
    const remove = own === undefined ? this.#cap.remove : new Set([...removed, other]);
    const isGiven = body.members.some(({ key }) => key === name);
    return spliceObject(body, { set: isGiven ? edit : new Map([...edit, [name, cap]]), defaults, remove });
  }

  /** What of a body goes out changed or not at all by what is dropped, by the names of the caller's parameters. */
  adjusted(body: JsonText): readonly string[] | undefined {
    return this.#drops.adjusted(body);
  }

  /** The value of the cap that the host knows by another name. */
  #renamedCap(body: JsonText, other: string): Buffer | undefined {
    const member = body.members.findLast(({ key }) => key === other);
    return member === undefined ? undefined : body.bytes.subarray(member.valueStart, member.valueEnd);
  }

  /** Callers' own options stay as they are beside the question. */
  #asking(body: JsonText): ReadonlyMap<string, Buffer> {
    const options = body.members.findLast((member) => member.key === usageOption);
    if (options === undefined) return this.#lastEdit;
    return new Map([...this.#lastEdit, [usageOption, asking(body.bytes.subarray(options.valueStart, options.valueEnd))]]);
  }

  #defaultsFor(body: JsonText, stream: boolean, asksUsage: boolean): ReadonlyMap<string, Buffer> {
    const defaults = asksUsage ? this.#askingDefaults : stream ? this.#defaults : this.#unaryDefaults;
    if (!this.#hasTwins) return defaults;
    const present = new Set(body.members.map((member) => member.key));
    return new Map([...defaults].filter(([key]) => !present.has(twinParameters.get(key) ?? "")));
  }
}

const usageOption = "stream_options";
const yes: ReadonlyMap<string, Buffer> = new Map([["include_usage", Buffer.from("true")]]);
const question = Buffer.from('{"include_usage":true}');

/** @param options A stream's options as JSON; undefined, or no object, where there are none. @returns The same with the question for the usage. */
function asking(options: Buffer | undefined): Buffer {
  const members = options === undefined ? undefined : scanObject(options);
  return options === undefined || members === undefined ? question : Buffer.concat(spliceObject({ bytes: options, members }, { set: yes }));
}
