import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { freePort, launch } from "../support/launch.ts";
import { programVersion } from "../support/program-output.ts";
import { chatEndpoint, type Target } from "./target.ts";

/** A general proxy in C: one worker, connections to the upstream kept alive, nothing logged, nothing buffered in files. */
export const nginx: Target = {
  name: "nginx",
  doors: ["rest"],
  version: () => programVersion("nginx", "-v"),
  howToGet: "apt-get install nginx-light",
  async start({ upstream, folder, core }) {
    const port = await freePort();
    const file = join(folder, "nginx.conf");
    writeFileSync(file, configuration(port, upstream.rest, folder));
    const { pid, stop } = await launch({ name: "nginx", command: "nginx", args: ["-c", file, "-e", "stderr"], core, port });
    return { pid, rest: chatEndpoint(port), stop };
  },
};

function configuration(port: number, upstreamPort: number, folder: string): string {
  const temporaryPaths = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
    .map((kind) => `${kind}_temp_path ${join(folder, kind)};`)
    .join("\n  ");
  return `
daemon off;
worker_processes 1;
${process.getuid?.() === 0 ? "user root;" : ""}
pid ${join(folder, "nginx.pid")};
error_log stderr error;
events { worker_connections 16384; }
http {
  access_log off;
  ${temporaryPaths}
  client_max_body_size 16m;
  client_body_buffer_size 1m;
  keepalive_timeout 600s;
  keepalive_requests 100000000;
  tcp_nodelay on;
  upstream provider {
    server 127.0.0.1:${upstreamPort};
    keepalive 4096;
    keepalive_requests 100000000;
    keepalive_timeout 600s;
  }
  server {
    listen 127.0.0.1:${port} backlog=4096;
    location / {
      proxy_pass http://provider;
      proxy_http_version 1.1;
      proxy_set_header Connection "";
      proxy_buffering off;
      proxy_request_buffering off;
    }
  }
}
`;
}
