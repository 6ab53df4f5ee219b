import { bareBytes, bareJson } from "./bare-proxies.ts";
import { grpcJs, grpcJsParsing, http2 } from "./grpc-proxies.ts";
import { haproxy } from "./haproxy.ts";
import { huntgroup } from "./huntgroup.ts";
import { nginx } from "./nginx.ts";
import { portkey } from "./portkey.ts";
import type { Target } from "./target.ts";

/** In the order of the tables' columns. */
export const targets: readonly Target[] = [huntgroup, bareJson, bareBytes, nginx, haproxy, portkey, grpcJs, grpcJsParsing, http2];
