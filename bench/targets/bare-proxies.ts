import { launch } from "../support/launch.ts";
import { projectFile } from "../support/project-file.ts";
import { chatEndpoint, type Target } from "./target.ts";

/** The baselines: what Node itself costs in the place of a gateway. */
function bareProxy(name: string, env: Readonly<Record<string, string>>): Target {
  return {
    name,
    doors: ["rest"],
    version: () => process.version,
    async start({ upstream, core, nodeArgs }) {
      const { pid, port, stop } = await launch({
        name,
        command: process.execPath,
        args: [...nodeArgs, projectFile("bench/servers/bare-proxy.ts")],
        env: { ...env, UPSTREAM_PORT: String(upstream.rest) },
        core,
      });
      return { pid, rest: chatEndpoint(port), stop };
    },
  };
}

/** Parses and writes JSON on the way there and back, as whoever changes `model` does. */
export const bareJson = bareProxy("bare-json", { PARSE: "1" });
/** Forwards bytes, and looks at nothing. */
export const bareBytes = bareProxy("bare-bytes", {});
