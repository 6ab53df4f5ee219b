import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { freePort, launch } from "../support/launch.ts";
import { programVersion } from "../support/program-output.ts";
import { chatEndpoint, type Target } from "./target.ts";

/** A general load balancer in C: one thread, connections to the upstream kept alive, nothing logged. */
export const haproxy: Target = {
  name: "haproxy",
  doors: ["rest"],
  version: () => programVersion("haproxy", "-v"),
  howToGet: "apt-get install haproxy",
  async start({ upstream, folder, core }) {
    const port = await freePort();
    const file = join(folder, "haproxy.cfg");
    writeFileSync(file, configuration(port, upstream.rest));
    const { pid, stop } = await launch({ name: "haproxy", command: "haproxy", args: ["-db", "-f", file], core, port });
    return { pid, rest: chatEndpoint(port), stop };
  },
};

function configuration(port: number, upstreamPort: number): string {
  return `
global
  nbthread 1
  maxconn 9000
defaults
  mode http
  option http-keep-alive
  http-reuse always
  timeout connect 10s
  timeout client 600s
  timeout server 600s
  timeout http-keep-alive 600s
frontend callers
  bind 127.0.0.1:${port} backlog 4096
  default_backend provider
backend provider
  server upstream 127.0.0.1:${upstreamPort} pool-purge-delay 600s
`;
}
