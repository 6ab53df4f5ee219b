import { Code, ConnectError, createConnectRouter } from "@connectrpc/connect";
import { universalRequestFromNodeRequest, universalResponseToNodeResponse } from "@connectrpc/connect-node";
import { createConsoleHandler } from "../../src/console/console-handler.ts";
import { systemClock } from "../../src/lib/clock.ts";
import { createServer } from "../../src/server/server.ts";
import { addDemoServices, type DemoAccess } from "./console-demo-services.ts";
import { points, pointSeconds, Stage, type DemoDeployment } from "./console-demo-stage.ts";

const tickMs = 100;

interface DemoOptions extends DemoAccess {
  readonly deployments: readonly DemoDeployment[];
  /** Calls in each second that come by themselves, to each group. 0: only those that are made. */
  readonly callsPerSecond?: number;
  /** 0 or not said: any free one. */
  readonly port?: number;
  /** Where the console was built to. */
  readonly consoleFolder: string;
}

export interface Demo {
  readonly origin: string;
  readonly port: number;
  stop(): Promise<void>;
}

/**
 * The services that the console talks to, played rather than served: deployments with weights, states and counts that move as a router's
 * would, in front of nobody. For the console's own tests and screenshots; what the router really does is tested elsewhere.
 */
export async function startConsoleDemo(options: DemoOptions): Promise<Demo> {
  const stage = new Stage(options.deployments);
  const timers = new Set<ReturnType<typeof setTimeout>>();
  const later = (ms: number, act: () => void): void => {
    const timer = setTimeout(() => {
      timers.delete(timer);
      act();
    }, ms);
    timers.add(timer);
  };
  const call = (group: string): void => {
    const actor = stage.pick(group);
    if (actor === undefined) return;
    const { ok, totalMs } = stage.fate(actor);
    stage.begin(actor, Date.now());
    later(totalMs, () => stage.end(actor, ok, totalMs, Date.now()));
  };
  const groups = [...stage.groupCourses.keys()];
  const callsPerSecond = options.callsPerSecond ?? 0;
  if (callsPerSecond > 0) rehearse(stage, groups, callsPerSecond);
  for (const actor of stage.actors.values()) actor.coolingUntil = Date.now() + (actor.plan.restingMs ?? 0);
  const ticking = setInterval(() => {
    for (const [index, group] of groups.entries()) if (stage.chance() < (callsPerSecond * tickMs) / 1_000 / (index + 1)) call(group);
    stage.refresh(Date.now());
    stage.tell();
  }, tickMs);
  const turning = setInterval(() => stage.nextPoint(), pointSeconds * 1_000);

  const stopping = new AbortController();
  const router = createConnectRouter({ shutdownSignal: stopping.signal });
  addDemoServices(router, stage, options);
  const methods = new Map(router.handlers.map((method) => [method.requestPath, method]));
  const server = createServer({
    host: "127.0.0.1",
    port: options.port ?? 0,
    clock: systemClock,
    rest: (_request, response) => {
      response.statusCode = 404;
      response.end();
    },
    rpc: {
      matches: (path) => path.startsWith("/huntgroup.v1."),
      handle(request, response) {
        const method = methods.get(request.url ?? "");
        if (method === undefined) {
          response.statusCode = 404;
          response.end();
          return;
        }
        method(universalRequestFromNodeRequest(request, response, undefined, undefined))
          .then((answer) => universalResponseToNodeResponse(answer, response))
          .catch(() => response.destroy());
      },
    },
    console: createConsoleHandler({ folder: options.consoleFolder }),
    onInternalError: (error) => {
      throw error;
    },
  });
  const { port } = await server.listen();
  return {
    origin: `http://127.0.0.1:${port}`,
    port,
    async stop() {
      clearInterval(ticking);
      clearInterval(turning);
      for (const timer of timers) clearTimeout(timer);
      stopping.abort(new ConnectError("The server is stopping.", Code.Unavailable));
      await server.close();
    },
  };
}

/** The minutes before the curtain rises, so that there is a course to look at. */
function rehearse(stage: Stage, groups: readonly string[], callsPerSecond: number): void {
  for (let point = 0; point < points; point++) {
    stage.nextPoint();
    stage.refresh(Date.now() - (points - point) * pointSeconds * 1_000);
    const wave = 1 + 0.35 * Math.sin(point / 7) + 0.1 * (stage.chance() - 0.5);
    for (const [index, group] of groups.entries()) {
      for (let count = 0; count < (callsPerSecond * pointSeconds * wave) / (index + 1); count++) {
        const actor = stage.pick(group);
        if (actor === undefined) continue;
        const { ok, totalMs } = stage.fate(actor);
        const at = Date.now() - (points - point) * pointSeconds * 1_000;
        stage.begin(actor, at);
        stage.end(actor, ok, totalMs, at);
      }
    }
  }
  stage.nextPoint();
}
