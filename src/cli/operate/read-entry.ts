import type { JsonObject, JsonValue } from "@bufbuild/protobuf";
import { parseDocument } from "yaml";
import { err, ok, type Result } from "../../lib/result.ts";
import { badUse, type Failure } from "../kit/failure.ts";
import type { CliIo } from "../kit/io.ts";
import { readTextFile } from "../kit/read-text-file.ts";

/**
 * Reads an entry of `model_list` from a file, in YAML or JSON. The entry may also stand after a dash, as in the list.
 * @param path `-` for standard input.
 */
export async function readEntry(path: string, io: CliIo): Promise<Result<JsonObject, Failure>> {
  const name = path === "-" ? "standard input" : path;
  const text = await readTextFile(path, io);
  if (!text.ok) return text;
  const document = parseDocument(text.value, { merge: true, prettyErrors: false });
  const [error] = document.errors;
  if (error !== undefined) return err(badUse(`${name} is neither YAML nor JSON: ${error.message}`));
  const plain = asJson(document);
  if (plain === undefined) return err(badUse(`${name} holds something that JSON cannot say.`));
  const entry: unknown = Array.isArray(plain) && plain.length === 1 ? plain[0] : plain;
  if (typeof entry !== "object" || entry === null || Array.isArray(entry))
    return err(badUse(`${name} holds no entry of model_list; one looks like {"model_name": …, "litellm_params": {"model": …}}.`));
  return ok(entry as JsonObject);
}

/** Turns YAML into JSON. Undefined when it holds what JSON has not: dates, binary and cyclic anchors have no place in an entry. */
function asJson(document: ReturnType<typeof parseDocument>): JsonValue | undefined {
  try {
    return JSON.parse(JSON.stringify(document.toJS({ maxAliasCount: 100 })) ?? "null") as JsonValue;
  } catch {
    return undefined;
  }
}
