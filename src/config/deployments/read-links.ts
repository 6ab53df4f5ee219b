import type { Environment } from "../environment/environment.ts";
import { litellmSettingsTable } from "../settings/litellm-settings.ts";
import { SectionReader } from "../settings/section-reader.ts";
import type { MapNode } from "../tree/config-node.ts";
import type { FindingLog } from "../tree/finding-log.ts";
import { warnOfCredentialFiles } from "./credential-files.ts";
import { LinkReader } from "./link-reader.ts";
import { readTlsFiles } from "./tls-files.ts";

interface Outside {
  readonly environment: Environment;
  readonly readFile: (path: string) => Promise<string>;
}

/** What deployments' ways are read with. */
export interface LinksRead {
  readonly links: LinkReader;
  /** The files of certificates that could be read, by path. */
  readonly certificates: ReadonlyMap<string, string>;
}

/** Reads the files of certificates that the configuration names, and what holds for all deployments. Warns of files with credentials. */
export async function readLinks(
  root: MapNode,
  settings: MapNode | undefined,
  { environment, readFile }: Outside,
  log: FindingLog,
): Promise<LinksRead> {
  const [files] = await Promise.all([
    readTlsFiles(root, environment, readFile),
    warnOfCredentialFiles(root, { environment, readFile }, log),
  ]);
  const reader = new SectionReader(litellmSettingsTable, settings, "litellm_settings", log);
  const certificates = new Map<string, string>();
  for (const [path, text] of files) if (text !== undefined) certificates.set(path, text);
  return { links: new LinkReader(reader, { files, environment, root }, log), certificates };
}
