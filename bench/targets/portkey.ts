import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { freePort, launch } from "../support/launch.ts";
import { scratchFolder } from "../support/scratch-folder.ts";
import { chatEndpoint, type Target } from "./target.ts";

const folder = join(scratchFolder, "node_modules/@portkey-ai/gateway");

/** The gateway of Portkey, from npm: the usual one in Node. Told by headers where to send a request, as its documentation shows. */
export const portkey: Target = {
  name: "portkey",
  doors: ["rest"],
  version() {
    const file = join(folder, "package.json");
    return existsSync(file) ? (JSON.parse(readFileSync(file, "utf8")) as { readonly version: string }).version : undefined;
  },
  cannotStream: "as npm installs it, 1.15.2 answers every stream with 500: it changes headers that its web framework holds to be immutable",
  howToGet: "bench/setup.sh",
  async start({ upstream, core, nodeArgs }) {
    const port = await freePort();
    const { pid, stop } = await launch({
      name: "portkey",
      command: process.execPath,
      args: [...nodeArgs, join(folder, "build/start-server.js"), `--port=${port}`, "--headless"],
      env: { NODE_ENV: "production" },
      core,
      port,
    });
    const headers = {
      authorization: "Bearer x",
      "x-portkey-provider": "openai",
      "x-portkey-custom-host": `http://127.0.0.1:${upstream.rest}/v1`,
    };
    return { pid, rest: chatEndpoint(port, headers), stop };
  },
};
