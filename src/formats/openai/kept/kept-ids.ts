import type { Call } from "../../../core/call.ts";
import type { AnswerContext } from "../../../core/format.ts";
import type { DecodedReply } from "../../../core/provider.ts";
import { scanObject, spliceObject } from "../../../lib/json/json-splice.ts";
import type { KeptKind } from "./files-routes.ts";

/** What ids of a kind begin with, whatever a host's own do: callers' ids say themselves what they are of. */
export const idPrefixes: Readonly<Record<KeptKind, string>> = { files: "file-", batches: "batch_" };

/** Members of a batch that name files. */
const fileMembers: ReadonlySet<string> = new Set(["input_file_id", "output_file_id", "error_file_id"]);

/** What a caller gets of an answer about a file or a batch: the deployment's bytes, but for the ids. */
export function writeKeptReply({ body }: DecodedReply, call: Call, { deploymentId, ids }: AnswerContext): Buffer {
  const members = scanObject(body);
  if (members === undefined) return body;
  const own = call.resource?.path.startsWith("/batches") === true ? idPrefixes.batches : idPrefixes.files;
  const set = new Map<string, Buffer>();
  for (const { key, valueStart, valueEnd } of members) {
    const prefix = key === "id" ? own : fileMembers.has(key) ? idPrefixes.files : undefined;
    const id: unknown = prefix === undefined ? undefined : JSON.parse(body.toString("utf8", valueStart, valueEnd));
    if (prefix === undefined || typeof id !== "string" || id === "") continue;
    const pinned = { deploymentId, model: call.model, id };
    set.set(key, Buffer.from(JSON.stringify(ids.seal(prefix, pinned, call.caller?.name))));
  }
  return set.size === 0 ? body : Buffer.concat(spliceObject({ bytes: body, members }, { set }));
}
