import { codeClasses, type RouterError } from "../../../core/errors.ts";
import type { WrittenError } from "../../../core/format.ts";
import type { JsonMembers } from "../../../core/provider.ts";
import { errorBody } from "../../kit/chat/error-body.ts";
import { responsesFormat } from "../kit/format-name.ts";

/** Writes an error as OpenAI's API has it. What a provider itself says of a request passes byte for byte, with its status: clients go by the words. */
export function writeResponsesError(error: RouterError, usualStatus: number): WrittenError {
  const own = codeClasses[error.code].failure === "caller" ? error.upstream?.body : undefined;
  if (own?.format === responsesFormat) return { status: error.upstream?.status ?? usualStatus, body: own.bytes };
  return { status: usualStatus, body: JSON.stringify(errorBody(error)) };
}

/** The members of the event that tells of an error: as the API documents them, and once more as it sends them. */
export function errorMembers(error: RouterError, note: JsonMembers | undefined): JsonMembers {
  const { message, type, param, code } = errorBody(error).error;
  const told = { code: code ?? type, message, param: param ?? null };
  return { ...told, error: { type, ...told }, ...(note === undefined ? {} : { huntgroup: note }) };
}
