import type { Call } from "../../../core/call.ts";
import { RouterError } from "../../../core/errors.ts";
import { type CallContext, openAiFormat } from "../../../core/format.ts";
import { isTooLongName, longestNameBytes } from "../../../lib/long-name.ts";
import { err, ok, type Result } from "../../../lib/result.ts";
import { FormRequest } from "./form-request.ts";
import { formUnits } from "./operation-units.ts";

/** Longer than any value of the fields that the router acts on, but for the model's name. */
const longestValue = 64;
/** How forms say yes. */
const yes = /^(?:true|1|yes|on|t|y)$/i;

/**
 * Reads a request that is a form. Only its parts' heads are looked at, and the values of `model`, `stream` and `n`.
 * @returns The call, or `invalid_request` that says what is wrong.
 */
export function readFormCall(body: Buffer | readonly Buffer[], context: CallContext): Result<Call, RouterError> {
  const form = readForm(body, context);
  if (form instanceof RouterError) return err(form);
  const [named, stream, n] = [form.field("model", longestNameBytes), form.field("stream", longestValue), form.field("n", longestValue)];
  if (named instanceof Error) return err(invalidField("model", named.message));
  if (stream instanceof Error) return err(invalidField("stream", stream.message));
  if (n instanceof Error) return err(invalidField("n", n.message));
  const model = context.pathModel ?? named ?? "";
  if (model === "") return err(invalidField("model", "is required: the name of a model"));
  if (isTooLongName(model)) return err(invalidField("model", `is too long: the name of a model has at most ${longestNameBytes} bytes`));
  // The name goes out between the form's boundaries.
  if (/\p{Cc}/u.test(model)) return err(invalidField("model", "must not hold control characters"));
  return ok(callOfForm(form, { model, stream: stream !== undefined && yes.test(stream.trim()), n }, context));
}

/** The form that a request's body is; or why there is none. */
export function readForm(body: Buffer | readonly Buffer[], { endpoint, operation, headers }: CallContext): FormRequest | RouterError {
  const type = headers?.["content-type"];
  const form = FormRequest.read(operation ?? endpoint, typeof type === "string" ? type : "", Buffer.isBuffer(body) ? [body] : body);
  return typeof form === "string" ? invalid(`The request body is no form that can be read: it ${form}.`) : form;
}

/** What of a form's fields the router acts on. */
interface FormFields {
  readonly model: string;
  readonly stream: boolean;
  readonly n: string | undefined;
}

/** The call that a form is. */
export function callOfForm(form: FormRequest, { model, stream, n }: FormFields, context: CallContext): Call {
  const { caller } = context;
  return {
    id: context.callId,
    endpoint: context.endpoint,
    format: openAiFormat,
    inboundProtocol: context.inboundProtocol,
    caller,
    tenant: caller?.name,
    intake: context.intake,
    traceContext: context.traceContext,
    model,
    stream,
    includeUsage: true,
    body: form.text,
    foreign: form,
    maxOutputTokens: undefined,
    answers: 0,
    units: formUnits(context.endpoint, form.length, n),
    arrivedAt: context.now,
    deadline: context.deadline,
    numRetries: undefined,
    timeoutMs: undefined,
    streamTimeoutMs: undefined,
    fallbacks: undefined,
    contextWindowFallbacks: undefined,
    contentPolicyFallbacks: undefined,
    disableFallbacks: false,
    maxFallbacks: undefined,
    tags: caller?.tags ?? [],
    allowedRegion: undefined,
    wantsResponseSchema: false,
    priority: caller?.priority ?? 0,
  };
}

function invalidField(param: string, fault: string): RouterError {
  return new RouterError("invalid_request", `The field \`${param}\` ${fault}.`, { param });
}

function invalid(message: string): RouterError {
  return new RouterError("invalid_request", message);
}
