import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { benchModel } from "../support/chat-request.ts";
import { freePort, launch } from "../support/launch.ts";
import { projectFile } from "../support/project-file.ts";
import { chatEndpoint, type RunningTarget, type StartContext, type Target } from "./target.ts";

/** How the service under test is set up. */
export interface HuntgroupSetup {
  /** Of each deployment. */
  readonly litellm_params?: Readonly<Record<string, unknown>>;
  /** Of each deployment, beside its id. */
  readonly model_info?: Readonly<Record<string, unknown>>;
  readonly router_settings?: Readonly<Record<string, unknown>>;
  readonly litellm_settings?: Readonly<Record<string, unknown>>;
  readonly general_settings?: Readonly<Record<string, unknown>>;
  readonly keys?: readonly Readonly<Record<string, unknown>>[];
  /** What callers show. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Default 1: a target has one core, and shows what that one carries. */
  readonly threads?: number;
  /** A checkout to measure in place of this one: another commit, with its dependencies installed. */
  readonly checkout?: string;
  /** Whether it keeps no access log, like everything that it is measured beside. */
  readonly isQuiet?: boolean;
}

/** Three deployments of the upstream, as a group is what it is for. */
export const huntgroup: Target = {
  name: "huntgroup",
  doors: ["rest", "grpc"],
  version: () => (JSON.parse(readFileSync(projectFile("package.json"), "utf8")) as { readonly version: string }).version,
  start: (context) => startHuntgroup(context, {}),
};

/** Another commit of Huntgroup, measured beside this one in the same run. */
export function huntgroupBefore(checkout: string): Target {
  return {
    name: "before",
    doors: huntgroup.doors,
    version: () => (JSON.parse(readFileSync(join(checkout, "package.json"), "utf8")) as { readonly version: string }).version,
    start: (context) => startHuntgroup(context, { checkout }),
  };
}

export async function startHuntgroup(
  { upstream, folder, core, nodeArgs }: StartContext,
  setup: HuntgroupSetup,
  env: Readonly<Record<string, string>> = {},
): Promise<RunningTarget> {
  const file = join(folder, `huntgroup-${setup.checkout === undefined ? "now" : "before"}.yaml`);
  const { litellm_params, model_info, headers = {}, threads = 1, checkout, isQuiet = false, ...sections } = setup;
  const deployments = ["a", "b", "c"].map((id) => ({
    model_name: benchModel,
    litellm_params: { model: "openai/bench", api_base: `http://127.0.0.1:${upstream.rest}/v1`, api_key: "x", ...litellm_params },
    model_info: { id, ...model_info },
  }));
  // JSON is YAML.
  writeFileSync(file, JSON.stringify({ model_list: deployments, ...sections }));
  // One that is quiet does not tell its address either.
  const givenPort = isQuiet ? await freePort() : undefined;
  const setupArgs = ["--port", String(givenPort ?? 0), "--threads", String(threads), ...(isQuiet ? ["--log-level", "warn"] : [])];
  const { pid, port, stop } = await launch({
    name: "huntgroup",
    command: process.execPath,
    args: [
      ...nodeArgs,
      checkout === undefined ? projectFile("src/main.ts") : join(checkout, "src/main.ts"),
      "serve",
      "--config",
      file,
      "--drain-seconds",
      "1",
      ...setupArgs,
    ],
    core,
    ...(givenPort === undefined ? {} : { port: givenPort }),
    env,
  });
  return { pid, rest: chatEndpoint(port, headers), grpcPort: port, stop };
}
