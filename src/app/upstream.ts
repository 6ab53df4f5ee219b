import type { LoadedConfig } from "../config/load/load-config.ts";
import type { Upstream } from "../core/upstream.ts";
import type { Clock } from "../lib/clock.ts";
import type { Random } from "../lib/random.ts";
import { HttpUpstream } from "../upstream/http-upstream.ts";
import { MockUpstream } from "../mock/mock-upstream.ts";
import { SchemeUpstream } from "../upstream/scheme-upstream.ts";

/** The way to deployments, for one thread. */
export function createUpstream(config: LoadedConfig, clock: Clock, random: Random): Upstream & { destroy(): Promise<void> } {
  const http = new HttpUpstream({ connectTimeoutMs: config.source.settings.connectTimeoutMs, clock });
  const upstream = new SchemeUpstream({ http, https: http, mock: new MockUpstream({ clock, random }) });
  return { send: (request, listener) => upstream.send(request, listener), destroy: () => http.destroy() };
}
