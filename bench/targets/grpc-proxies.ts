import { readFileSync } from "node:fs";
import { launch } from "../support/launch.ts";
import { projectFile } from "../support/project-file.ts";
import type { Target } from "./target.ts";

function grpcProxy(name: string, file: string, env: Readonly<Record<string, string>>, version: () => string): Target {
  return {
    name,
    doors: ["grpc"],
    version,
    async start({ upstream, core, nodeArgs }) {
      const { pid, port, stop } = await launch({
        name,
        command: process.execPath,
        args: [...nodeArgs, projectFile(file)],
        env: { ...env, UPSTREAM_GRPC_PORT: String(upstream.grpc) },
        core,
      });
      return { pid, grpcPort: port, stop };
    },
  };
}

function installedVersion(dependency: string): string {
  const file = projectFile(`node_modules/${dependency}/package.json`);
  return (JSON.parse(readFileSync(file, "utf8")) as { readonly version: string }).version;
}

/** The usual gRPC library of Node as server and client: messages are passed on as bytes. */
export const grpcJs = grpcProxy("grpc-js", "bench/servers/grpc-js-proxy.ts", {}, () => installedVersion("@grpc/grpc-js"));
/** The same, which parses and writes each message, as whoever looks into one does. */
export const grpcJsParsing = grpcProxy("grpc-js-parsing", "bench/servers/grpc-js-proxy.ts", { PARSE: "1" }, () =>
  installedVersion("@grpc/grpc-js"),
);
/** Node's HTTP/2 as server and client, messages parsed and written by protobuf-es: what a lean handler can come to. */
export const http2 = grpcProxy("http2", "bench/servers/http2-proxy.ts", {}, () => process.version);
