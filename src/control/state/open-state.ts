import { rename } from "node:fs/promises";
import type { Clock } from "../../lib/clock.ts";
import { err } from "../../lib/result.ts";
import { readFileInTime } from "../../lib/read-file-in-time.ts";
import { newInnerSecret } from "../../lib/secret.ts";
import { uniqueId } from "../../lib/unique-id.ts";
import { emptyState } from "./control-state.ts";
import { fileReason } from "./file-reason.ts";
import { StateFile } from "./state-file.ts";
import { parseState, type StateContent } from "./state-json.ts";
import { noStore, type StateStore } from "./state-store.ts";

/** A state as it was kept, and what keeps its changes. */
export interface OpenedState extends StateContent {
  readonly store: StateStore;
  /** Whether {@link StateContent.idSecret} is in the file. */
  readonly idSecretIsKept: boolean;
  /** For the log. */
  readonly warnings: readonly string[];
}

interface OpenOptions {
  readonly clock: Clock;
  /** Whether nothing on disk may be changed. */
  readonly readOnly: boolean;
}

/**
 * Reads the state file. A file that cannot be used is set aside, so that the server starts from its configuration and nothing is lost.
 * @param path Undefined when no state is kept.
 */
export async function openState(path: string | undefined, options: OpenOptions): Promise<OpenedState> {
  const idSecret = newInnerSecret();
  const fresh = { state: emptyState(uniqueId().slice(0, 8)), spend: new Map<string, never>(), idSecret, idSecretIsKept: false };
  if (path === undefined) return { ...fresh, store: noStore, warnings: [] };
  let text: string;
  try {
    text = await readFileInTime(path);
  } catch (cause) {
    const reason = fileReason(cause);
    if (reason === "ENOENT" || reason === "ENOTDIR") return { ...fresh, ...(await writable(path, options)) };
    return unusable(path, `cannot be read (${reason})`, fresh);
  }
  const parsed = parseState(text);
  if (parsed.ok) {
    const idSecretIsKept = parsed.value.idSecret !== undefined;
    return { ...parsed.value, idSecret: parsed.value.idSecret ?? idSecret, idSecretIsKept, ...(await writable(path, options)) };
  }
  const broken = `the state file ${path} cannot be used: ${parsed.error}`;
  if (options.readOnly) return { ...fresh, store: noStore, warnings: [broken] };
  const aside = `${path}.corrupt-${new Date(options.clock.wallTime()).toISOString().replaceAll(/[:.]/g, "-")}`;
  try {
    await rename(path, aside);
  } catch (cause) {
    return unusable(path, `cannot be used (${parsed.error}) nor be set aside (${fileReason(cause)})`, fresh);
  }
  const { store, warnings } = await writable(path, options);
  const told = `${broken}. It was set aside as ${aside}, and the server starts from its configuration alone: changes and keys made before are not in force`;
  return { ...fresh, store, warnings: [told, ...warnings] };
}

async function writable(path: string, { readOnly }: OpenOptions): Promise<Pick<OpenedState, "store" | "warnings">> {
  const store = await StateFile.at(path).catch(() => undefined);
  if (store === undefined) return refusing(path, "cannot be reached");
  const reason = readOnly ? undefined : await store.whyReadOnly();
  if (reason === undefined) return { store, warnings: [] };
  const message = `the state file ${path} cannot be written (${reason}): every change will be refused. Make its folder writable, or say general_settings.state_file: none to have changes last until the server stops`;
  return { store, warnings: [message] };
}

/** A file that is there and cannot be read must not be overwritten either. */
function unusable(path: string, reason: string, fresh: Omit<OpenedState, "store" | "warnings">): OpenedState {
  return { ...fresh, ...refusing(path, reason) };
}

function refusing(path: string, reason: string): Pick<OpenedState, "store" | "warnings"> {
  const message = `the state file ${path} ${reason}`;
  return { store: { path, write: () => Promise.resolve(err(message)) }, warnings: [`${message}: every change will be refused`] };
}
