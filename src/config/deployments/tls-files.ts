import { dirname, resolve } from "node:path";
import type { Environment } from "../environment/environment.ts";
import { child, type ConfigNode, type MapNode } from "../tree/config-node.ts";

/** The files of certificates that a configuration names: by path their contents, or undefined where they cannot be read. */
export type CertificateFiles = ReadonlyMap<string, string | undefined>;

const settings = ["ssl_verify", "ssl_certificate"] as const;
/** As LiteLLM has them. */
const variables = ["SSL_VERIFY", "SSL_CERT_FILE", "SSL_CERTIFICATE"] as const;

/** Where a file is that a setting names. @param at The setting's value. */
export function tlsPath(at: ConfigNode, text: string): string {
  return resolve(dirname(at.at.file.path), text);
}

/**
 * Reads the files that certificates stand in, before the deployments that name them are read.
 * @param root The files joined. What was added at run time is none of it: an operator's entry can name no file that these do not name.
 */
export async function readTlsFiles(
  root: MapNode,
  environment: Environment,
  readFile: (path: string) => Promise<string>,
): Promise<CertificateFiles> {
  const paths = new Set<string>();
  for (const name of variables) {
    const text = environment.get(name);
    if (text !== undefined && isPath(text)) paths.add(resolve(text));
  }
  for (const section of paramsIn(root)) {
    for (const name of settings) {
      const written = child(section, name);
      if (written === undefined) continue;
      const node = environment.resolve(written, name, () => {});
      if (node.kind === "scalar" && isPath(node.text)) paths.add(tlsPath(node, node.text));
    }
  }
  const read = async (path: string) => [path, await readFile(path).catch(() => undefined)] as const;
  return new Map(await Promise.all(Array.from(paths, read)));
}

/** Whether a text is not one of those that say yes or no. */
export function isPath(text: string): boolean {
  return text !== "" && !/^(true|false|yes|no|on|off|null|~|[01])$/i.test(text);
}

/** The sections in which a deployment's parameters may stand. */
export function* paramsIn(root: MapNode): Iterable<ConfigNode | undefined> {
  yield child(root, "litellm_settings");
  yield child(child(root, "router_settings"), "default_litellm_params");
  for (const item of itemsOf(root, "credential_list")) yield child(item, "credential_values");
  for (const item of itemsOf(root, "model_list")) yield child(item, "litellm_params");
}

function itemsOf(root: MapNode, name: string): readonly ConfigNode[] {
  const list = child(root, name);
  return list?.kind === "list" ? list.items : [];
}
