import type { Call, ForeignRequest, KeptResource } from "../../../core/call.ts";
import { RouterError } from "../../../core/errors.ts";
import type { CallContext, HttpContext } from "../../../core/format.ts";
import { endpointRefusal } from "../../../core/keys/endpoint-access.ts";
import type { PinnedId } from "../../../core/pinned-ids.ts";
import { decodePathName } from "../../../lib/decode-path-name.ts";
import { err, ok, type Result } from "../../../lib/result.ts";
import { commonFields, readJsonRequest, readWrittenJson, type RequestFields } from "../../kit/request/read-request.ts";
import { responsesFormat } from "../kit/format-name.ts";
import { asNativesTakeIt } from "./bridged-ids.ts";
import { withKeptAnswers } from "./kept-answers.ts";
import type { KeptOperation } from "./kept-routes.ts";
import { notFound, openRequest } from "./native-request.ts";
import { CallerIds } from "./own-ids.ts";

/** What a call is done with: whatever the request says besides, its routing is known by this. */
interface Destination {
  readonly model: string;
  readonly pinnedTo?: string | undefined;
  readonly resource: KeptResource;
}

/**
 * Reads a request for what a deployment keeps, for a new conversation, or for what is told of a prompt without an answer.
 * @param context Its operation is one of {@link KeptOperation}.
 */
export function readKeptCall(body: Buffer | readonly Buffer[], context: CallContext): Result<Call, RouterError> {
  const refusal = endpointRefusal(context.caller, "chat");
  if (refusal !== undefined) return err(refusal);
  const { http } = context;
  if (http === undefined) return err(new RouterError("internal", "What is kept is asked for by HTTP."));
  const reader = new KeptReader(context, http);
  return reader.read(body);
}

class KeptReader {
  readonly #context: CallContext;
  readonly #http: HttpContext;
  readonly #ids: CallerIds;
  readonly #operation: KeptOperation;
  /** Why there is no such call. */
  #fault: RouterError | undefined;

  constructor(context: CallContext, http: HttpContext) {
    this.#context = context;
    this.#http = http;
    this.#ids = new CallerIds(http.ids, context.caller?.name);
    this.#operation = context.operation as KeptOperation;
  }

  read(body: Buffer | readonly Buffer[]): Result<Call, RouterError> {
    const isEmpty = (Buffer.isBuffer(body) ? [body] : body).every(({ length }) => length === 0);
    const mayBeEmpty = this.#operation === "kept" || this.#operation === "create";
    const toCall = (request: RequestFields): Call => this.#toCall(request);
    const read =
      isEmpty && mayBeEmpty ? readWrittenJson(emptyObject, {}, this.#context, toCall) : readJsonRequest(body, this.#context, toCall);
    if (this.#fault !== undefined) return err(this.#fault);
    if (!read.ok) return read;
    return isEmpty ? ok({ ...read.value, body: { bytes: nothing, members: [] } }) : read;
  }

  #toCall(request: RequestFields): Call {
    const found = this.#destination(request);
    if (found instanceof RouterError) this.#fault = found;
    const { endpoint, model, ...destination } = found instanceof RouterError ? nowhere : { ...found, endpoint: this.#context.endpoint };
    const query = new URLSearchParams(this.#http.query);
    const call: Call = {
      ...commonFields(request, this.#context),
      ...destination,
      endpoint,
      model,
      format: responsesFormat,
      stream: this.#http.method === "GET" && query.get("stream") === "true",
      includeUsage: false,
      foreign: this.#foreign(),
      maxOutputTokens: undefined,
      answers: this.#operation === "compact" ? 1 : 0,
      wantsResponseSchema: false,
    };
    return endpoint === "kept" || this.#fault !== undefined ? call : this.#opened(call);
  }

  #destination(request: RequestFields): Destination | RouterError {
    switch (this.#operation) {
      case "input_tokens":
      case "compact":
        return {
          model: this.#context.pathModel ?? request.reader.requiredText("model"),
          resource: { method: "POST", path: `/responses/${this.#operation}` },
        };
      case "create":
        return this.#create(request);
      case "kept":
        return this.#kept();
      default:
        return this.#operation satisfies never;
    }
  }

  /** No model is asked for a conversation, so the request has to say whose deployments may keep it. */
  #create({ reader }: RequestFields): Destination | RouterError {
    const header = this.#context.headers?.["x-huntgroup-model"];
    const model = reader.text("model") ?? (typeof header === "string" ? header : undefined);
    if (model !== undefined) return { model, resource: { method: "POST", path: "/conversations" } };
    const message = "A new conversation is kept by one deployment: name a model whose it is to be, as `model` or in x-huntgroup-model.";
    return new RouterError("invalid_request", message, { param: "model" });
  }

  #kept(): Destination | RouterError {
    const [kind = "", id = "", part, itemId] = (this.#http.kept ?? []).map(decodePathName);
    const pinned = this.#ids.open(id);
    if (pinned === undefined) return notFound(kind.slice(0, -1), id);
    const item = itemId === undefined ? undefined : this.#item(itemId, pinned);
    if (item instanceof RouterError) return item;
    const names = [kind, pinned.id, part, item].filter((name) => name !== undefined).map(encodeURIComponent);
    const { method } = this.#http;
    return { model: pinned.model, pinnedTo: pinned.deploymentId, resource: { method, path: `/${names.join("/")}${this.#query()}` } };
  }

  /** Items of a caller's own making have ids of the provider's, as lists of them tell. */
  #item(id: string, { deploymentId }: PinnedId): string | RouterError {
    const pinned = this.#ids.open(id);
    return pinned?.deploymentId === deploymentId ? pinned.id : notFound("item", id);
  }

  /** The query as it came, but for ids. */
  #query(): string {
    const query = new URLSearchParams(this.#http.query);
    let isChanged = false;
    for (const name of ["after", "before"]) {
      const pinned = this.#ids.open(query.get(name) ?? "");
      if (pinned === undefined) continue;
      query.set(name, pinned.id);
      isChanged = true;
    }
    return isChanged ? `?${query.toString()}` : this.#http.query;
  }

  #foreign(): ForeignRequest {
    const operation = this.#operation;
    const path = operation === "create" ? "/conversations" : `/responses/${operation}`;
    const message = `\`${path}\` needs a deployment that has the Responses API, and the model has none that could be asked.`;
    const toOpenAi = (): RouterError => new RouterError("operation_not_supported", message);
    return { format: responsesFormat, operation, headers: {}, onlyNative: true, toOpenAi };
  }

  /** With the deployment's own ids in the prompt. */
  #opened(call: Call): Call {
    const text = withKeptAnswers(call.body, this.#http.ids.shelf, call.caller?.name);
    const opened = text instanceof RouterError ? text : openRequest(asNativesTakeIt(text), this.#http.ids, call.caller?.name);
    if (opened instanceof RouterError) {
      this.#fault = opened;
      return call;
    }
    return { ...call, body: opened.body, pinnedTo: opened.pinnedTo };
  }
}

const emptyObject = Buffer.from("{}");
const nothing = Buffer.alloc(0);
const nowhere = { model: "", endpoint: "kept", resource: { method: "GET", path: "" } } as const satisfies Destination & {
  readonly endpoint: Call["endpoint"];
};
