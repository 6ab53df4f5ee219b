import type { Call, KeptResource } from "../../../core/call.ts";
import type { CallerKey } from "../../../core/caller-key.ts";
import { RouterError } from "../../../core/errors.ts";
import { type CallContext, type HttpContext, openAiFormat } from "../../../core/format.ts";
import { endpointRefusal } from "../../../core/keys/endpoint-access.ts";
import type { PinnedId } from "../../../core/pinned-ids.ts";
import { decodePathName } from "../../../lib/decode-path-name.ts";
import { spliceObject, scanMembers } from "../../../lib/json/json-splice.ts";
import { isTooLongName, longestNameBytes } from "../../../lib/long-name.ts";
import { err, ok, type Result } from "../../../lib/result.ts";
import { commonFields, readJsonRequest, readWrittenJson, type RequestFields } from "../../kit/request/read-request.ts";
import { routerFields } from "../../kit/router-fields.ts";
import { callOfForm, readForm } from "../operations/read-form-call.ts";
import { idPrefixes } from "./kept-ids.ts";
import type { KeptKind } from "./files-routes.ts";

/** Fields of a request that say where it goes, which no API of a provider's has. */
export const pickingFields: ReadonlySet<string> = new Set(["model", "target_model_names"]);

/** Several models, of which the first is asked. */
const longestNames = longestNameBytes * 4;

/**
 * Reads a request for files or batches: what is new goes to a deployment of the model that it names, what is kept to the one that keeps it.
 * @param context Its operation is a {@link KeptKind}.
 */
export function readFilesCall(body: Buffer | readonly Buffer[], context: CallContext): Result<Call, RouterError> {
  const kind = context.operation as KeptKind;
  const { http, caller } = context;
  if (http === undefined) return err(new RouterError("internal", "What is kept is asked for by HTTP."));
  const isNew = http.kept?.length === 1;
  const refusal = endpointRefusal(caller, kind) ?? (isNew ? listRefusal(http.method, kind) : undefined);
  if (refusal !== undefined) return err(refusal);
  if (!isNew) return readKnown(kind, http, context);
  return kind === "files" ? readNewFile(body, context) : readNewBatch(body, context, http);
}

function listRefusal(method: string, kind: KeptKind): RouterError | undefined {
  if (method !== "GET") return undefined;
  const message = `${kind} cannot be listed here: a provider's list is that of its whole account, and would show what other callers keep. Each is asked for by its id.`;
  return new RouterError("not_offered", message);
}

/** What is asked of a file or a batch that is there. */
function readKnown(kind: KeptKind, { method, kept = [], query, ids }: HttpContext, context: CallContext): Result<Call, RouterError> {
  const [id = "", part] = kept.slice(1).map(decodePathName);
  const pinned = ids.open(idPrefixes[kind], id, context.caller?.name);
  if (pinned === undefined) return err(notFound(kind, id));
  const path = `/${[kind, pinned.id, part]
    .filter((name) => name !== undefined)
    .map(encodeURIComponent)
    .join("/")}${query}`;
  const toCall = (request: RequestFields): Call => ({
    ...commonCall(request, context, { method, path }),
    model: pinned.model,
    pinnedTo: pinned.deploymentId,
    // What a file holds may be large, and is given on as it comes.
    stream: part === "content",
  });
  const read = readWrittenJson(emptyObject, {}, context, toCall);
  return read.ok ? ok({ ...read.value, body: { bytes: nothing, members: [] } }) : read;
}

function readNewFile(body: Buffer | readonly Buffer[], context: CallContext): Result<Call, RouterError> {
  const form = readForm(body, context);
  if (form instanceof RouterError) return err(form);
  const [named, names] = [form.field("model", longestNameBytes), form.field("target_model_names", longestNames)];
  if (named instanceof Error) return err(invalidField("model", named.message));
  if (names instanceof Error) return err(invalidField("target_model_names", names.message));
  const model = modelOf(named, names, context);
  if (model instanceof RouterError) return err(model);
  const call = callOfForm(form, { model, stream: false, n: undefined }, context);
  return ok({ ...call, units: undefined, resource: { method: "POST", path: "/files" } });
}

function readNewBatch(body: Buffer | readonly Buffer[], context: CallContext, { ids }: HttpContext): Result<Call, RouterError> {
  const refusal = limitsRefusal(context.caller);
  if (refusal !== undefined) return err(refusal);
  let fault: RouterError | undefined;
  const toCall = (request: RequestFields): Call => {
    const { reader, text } = request;
    const pinned = inputOf(request, ids, context.caller?.name);
    const named = (): string | RouterError => modelOf(reader.text("model"), reader.text("target_model_names"), context);
    const call = commonCall(request, context, { method: "POST", path: "/batches" });
    const model = pinned instanceof RouterError ? pinned : (pinned?.model ?? named());
    if (model instanceof RouterError) fault = model;
    if (pinned instanceof RouterError || model instanceof RouterError) return { ...call, model: "" };
    const set = new Map(pinned === undefined ? [] : [["input_file_id", Buffer.from(JSON.stringify(pinned.id))] as const]);
    const bytes = Buffer.concat(spliceObject(text, { set, remove: notSent }));
    // A batch that was perhaps made is not made again: each is paid for.
    return { ...call, model, pinnedTo: pinned?.deploymentId, numRetries: 0, body: { bytes, members: scanMembers(bytes) } };
  };
  const read = readJsonRequest(body, context, toCall);
  return fault === undefined ? read : err(fault);
}

const notSent: ReadonlySet<string> = new Set([...pickingFields, ...routerFields]);

/** The file that a batch is made of. One that a provider's own id names may be anybody's. */
function inputOf({ reader }: RequestFields, ids: HttpContext["ids"], caller: string | undefined): PinnedId | RouterError | undefined {
  const id = reader.text("input_file_id");
  if (id === undefined) return undefined;
  return ids.open(idPrefixes.files, id, caller) ?? notFound("files", id, "input_file_id");
}

/** What a batch will use is known to nobody when it is made, and is not told to who reads its answer. */
function limitsRefusal(caller: CallerKey | undefined): RouterError | undefined {
  if (caller === undefined || (caller.budget === undefined && caller.tpm === undefined)) return undefined;
  const limit = caller.budget === undefined ? "tpm" : "budget";
  const message = `The key "${caller.name}" has a ${limit}, and may make no batches: what a batch uses is not counted here.`;
  return new RouterError("permission_denied", message);
}

function commonCall(request: RequestFields, context: CallContext, resource: KeptResource): Omit<Call, "model"> {
  return {
    ...commonFields(request, context),
    endpoint: "kept",
    format: openAiFormat,
    resource,
    stream: false,
    includeUsage: false,
    foreign: undefined,
    maxOutputTokens: undefined,
    answers: 0,
    wantsResponseSchema: false,
  };
}

/** Whose deployments may keep what is new: the model that the request names itself, or in a header, or the first of several. */
function modelOf(named: string | undefined, names: string | undefined, { headers, pathModel }: CallContext): string | RouterError {
  const header = headers?.["x-huntgroup-model"];
  const model = pathModel ?? filled(named) ?? filled(typeof header === "string" ? header : undefined) ?? filled(names?.split(",")[0]);
  if (model === undefined) {
    const message =
      "What is new is kept by one deployment: name a model whose it is to be, as `model`, in x-huntgroup-model, or as the first of `target_model_names`.";
    return new RouterError("invalid_request", message, { param: "model" });
  }
  return isTooLongName(model) ? invalidField("model", `is too long: the name of a model has at most ${longestNameBytes} bytes`) : model;
}

function filled(text: string | undefined): string | undefined {
  const trimmed = text?.trim() ?? "";
  return trimmed === "" ? undefined : trimmed;
}

const emptyObject = Buffer.from("{}");
const nothing = Buffer.alloc(0);
const longestShown = 100;

/** The same whether an id was made up, changed, or is another caller's. */
function notFound(kind: KeptKind, id: string, param?: string): RouterError {
  const what = kind === "files" ? "file" : "batch";
  return new RouterError("not_found", `There is no ${what} "${id.slice(0, longestShown)}" here.`, { param });
}

function invalidField(param: string, fault: string): RouterError {
  return new RouterError("invalid_request", `The field \`${param}\` ${fault}.`, { param });
}
