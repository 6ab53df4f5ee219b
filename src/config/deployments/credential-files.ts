import type { Environment } from "../environment/environment.ts";
import { child, type MapNode, type ScalarNode } from "../tree/config-node.ts";
import type { FindingLog } from "../tree/finding-log.ts";
import { paramsIn } from "./tls-files.ts";

interface Outside {
  readonly environment: Environment;
  readonly readFile: (path: string) => Promise<string>;
}

const settings = ["vertex_credentials", "vertex_ai_credentials"] as const;

/**
 * Warns of files with credentials that cannot be read, or that hold none. They are read anew for each token, so the start is not refused for them.
 * Nothing of what stands in a file is said.
 */
export async function warnOfCredentialFiles(root: MapNode, { environment, readFile }: Outside, log: FindingLog): Promise<void> {
  const named: { readonly node: ScalarNode; readonly name: string }[] = [];
  for (const section of paramsIn(root)) {
    for (const name of settings) {
      const written = child(section, name);
      const node = written === undefined ? undefined : environment.resolve(written, name, () => {});
      const isPath = node?.kind === "scalar" && typeof node.value === "string" && !/^\s*(?:\{|$)/.test(node.value);
      if (isPath) named.push({ node, name });
    }
  }
  const paths = new Set(named.map(({ node }) => node.text.trim()));
  const faults = new Map(await Promise.all(Array.from(paths, async (path) => [path, await faultOf(path, readFile)] as const)));
  for (const { node, name } of named) {
    const path = node.text.trim();
    const fault = faults.get(path);
    if (fault === undefined) continue;
    const message = `the file ${path} ${fault}, so calls with these credentials fail until that is put right`;
    log.sharedWarning(`${name} ${path}`, node.at, `litellm_params.${name}`, message);
  }
}

async function faultOf(path: string, readFile: Outside["readFile"]): Promise<string | undefined> {
  let text: string;
  try {
    text = await readFile(path);
  } catch (error) {
    const code = error instanceof Error && "code" in error ? ` (${String(error.code)})` : "";
    return `cannot be read${code}`;
  }
  try {
    const value = JSON.parse(text) as { readonly type?: unknown } | null;
    return typeof value?.type === "string" ? undefined : "holds no credentials of Google's";
  } catch {
    return "holds no JSON";
  }
}
