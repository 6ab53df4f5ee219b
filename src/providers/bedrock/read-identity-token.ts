import type { DeploymentParams, ParamProblem } from "../../core/provider.ts";
import { readFileInTime } from "../../lib/read-file-in-time.ts";

const key = "aws_web_identity_token";
/** Where tokens may be, as LiteLLM writes it. */
const reference = /^oidc\/(file|env_path|env)\/(.+)$/;

/**
 * Reads where the token is that vouches for this program: the token itself, a file that is written anew ahead of the token's end, or a variable.
 * @returns Gets the token of the moment. Undefined where something is wrong.
 */
export function readIdentityToken(value: string, params: DeploymentParams, problems: ParamProblem[]): (() => Promise<string>) | undefined {
  const [, kind, name = ""] = reference.exec(value) ?? [];
  if (kind === "file") return () => readToken(name);
  if (kind === "env_path" || kind === "env") {
    const found = params.env(name)?.trim();
    if (found === undefined || found === "") {
      problems.push({ key, message: `names the environment variable ${name}, which is not set` });
      return undefined;
    }
    return kind === "env" ? () => Promise.resolve(found) : () => readToken(found);
  }
  if (value.startsWith("oidc/")) {
    problems.push({
      key,
      message: "names a place of tokens that is not known; known are oidc/file/PATH, oidc/env/VARIABLE and oidc/env_path/VARIABLE",
    });
    return undefined;
  }
  if (/^\.{0,2}\//.test(value)) return () => readToken(value);
  const found = /^[A-Z][A-Z\d_]*$/.test(value) ? params.env(value)?.trim() : undefined;
  return () => Promise.resolve(found === undefined || found === "" ? value : found);
}

async function readToken(path: string): Promise<string> {
  return (await readFileInTime(path)).trim();
}
