import type { Call } from "../../../core/call.ts";
import type { RouterError } from "../../../core/errors.ts";
import type { DeploymentHost } from "../../../core/format.ts";
import type { StreamDecoder } from "../../../core/provider.ts";
import type { UpstreamHeaders } from "../../../core/upstream.ts";
import { routerFields } from "../../kit/router-fields.ts";
import { ByteDecoder } from "./byte-decoder.ts";
import { EventDecoder } from "./event-decoder.ts";
import { FormRequest } from "./form-request.ts";
import { isAnsweredInBytes } from "./operations.ts";
import { contentTypeOf } from "./read-operation-reply.ts";
import { WholeDecoder } from "./whole-decoder.ts";

/** Fields that cannot be a deployment's default. */
const neverDefaults: ReadonlySet<string> = new Set(["model", "stream", ...routerFields]);

/** How one deployment is sent forms, and what comes of calls that are passed on. */
export class OperationSide {
  readonly #host: DeploymentHost;
  readonly #removed: ReadonlySet<string>;
  readonly #defaults: ReadonlyMap<string, string>;

  constructor(host: DeploymentHost) {
    this.#host = host;
    this.#removed = new Set([...routerFields, ...host.dropped]);
    const defaults = new Map<string, string>();
    for (const [name, value] of Object.entries(host.defaults)) {
      // What is no plain value has no place in a form.
      if (value === null || typeof value === "object" || neverDefaults.has(name) || this.#removed.has(name)) continue;
      if (/^[\w.-]+$/.test(name)) defaults.set(name, String(value));
    }
    this.#defaults = defaults;
  }

  /** The headers of a call's request. @param usual Those of a call that is answered in JSON. */
  headers(call: Call, usual: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
    const { foreign } = call;
    const accept = isAnsweredInBytes(call) ? "*/*" : call.stream ? "text/event-stream" : foreign === undefined ? "application/json" : "*/*";
    return { ...usual, accept, ...(foreign instanceof FormRequest ? foreign.headers : {}) };
  }

  /** @returns The form as it is sent, in pieces; undefined for a call whose request is none. */
  form({ foreign }: Call, model: string): Buffer[] | undefined {
    return foreign instanceof FormRequest ? foreign.write({ model, defaults: this.#defaults, removed: this.#removed }) : undefined;
  }

  decodeStream(call: Call, headers: UpstreamHeaders): StreamDecoder | RouterError {
    const type = contentTypeOf(headers);
    if (type !== undefined && /^text\/event-stream/i.test(type)) return new EventDecoder(call, this.#host);
    const isText = type !== undefined && /json|^text\//i.test(type);
    return isAnsweredInBytes(call) && !isText ? new ByteDecoder(call, type) : new WholeDecoder(call, this.#host, headers);
  }
}
