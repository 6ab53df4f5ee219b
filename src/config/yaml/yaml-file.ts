import type { Secrets } from "../secrets/secrets.ts";
import type { ConfigNode } from "../tree/config-node.ts";
import type { Finding, FindingLog } from "../tree/finding-log.ts";
import type { SourceFile } from "../tree/source-file.ts";

/** A file as read from YAML, with what there is to say of it. It depends on nothing but the file, so it may serve several loads. */
export interface YamlFile {
  readonly file: SourceFile;
  /** Undefined when the text is not YAML; the problems say where. */
  readonly root: ConfigNode | undefined;
  readonly secrets: readonly YamlSecret[];
  readonly problems: readonly Finding[];
  readonly warnings: readonly Finding[];
}

/** A value that is never shown, and where it stands in the text. */
export interface YamlSecret {
  readonly text: string;
  readonly start: number;
  readonly end: number;
}

/** Takes a file into a load: its findings are said, and no message repeats its secrets. @returns Its tree. */
export function takeIn({ root, secrets: values, problems, warnings }: YamlFile, log: FindingLog, secrets: Secrets): ConfigNode | undefined {
  for (const { text } of values) secrets.remember(text);
  for (const { at, key, message } of problems) log.problem(at, key, message);
  for (const { at, key, message } of warnings) log.warning(at, key, message);
  return root;
}
