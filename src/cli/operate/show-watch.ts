import { toJson } from "@bufbuild/protobuf";
import { timestampMs } from "@bufbuild/protobuf/wkt";
import { WatchDeploymentsResponseSchema, type Deployment, type WatchDeploymentsResponse } from "../../../gen/huntgroup/v1/admin_pb.ts";
import { backoffMs } from "../../lib/backoff.ts";
import { err, ok, type Result } from "../../lib/result.ts";
import { failure, type Failure } from "../kit/failure.ts";
import type { Session } from "../kit/session.ts";
import { changeLines } from "../render/change-lines.ts";
import { clockTime, counted, span } from "../render/format.ts";
import { drawScreen } from "../render/draw-screen.ts";

/** Shows changes until Ctrl-C, or until the output is closed. Connects again when the connection is lost. */
export async function showWatch(session: Session, group: string | undefined): Promise<Result<void, Failure>> {
  const { client, io, json } = session;
  const enough = new AbortController();
  io.onStopSignal(() => enough.abort());
  io.onOutputClosed(() => enough.abort());
  const known = new Map<string, Deployment>();
  const drawn = !json && io.terminal() !== undefined;
  let state = "";
  let everConnected = false;
  let failedTries = 0;

  const draw = (): void => {
    const about = [clockTime(io.clock.wallTime()), state === "" ? session.url : state, counted(known.size, "deployment"), "Ctrl-C ends"];
    io.out(
      drawScreen({
        about: about.join(", "),
        deployments: [...known.values()],
        page: session.page(),
        height: io.terminal()?.rows,
        wallTimeMs: io.clock.wallTime(),
      }),
    );
  };
  const say = (text: string): void => {
    state = text;
    if (drawn) draw();
    else io.err(`${text}\n`);
  };
  const show = (message: WatchDeploymentsResponse): void => {
    const at = message.time === undefined ? io.clock.wallTime() : timestampMs(message.time);
    const lines = applied(message, known).map((line) => `${clockTime(at)} ${line}\n`);
    if (drawn) draw();
    else if (json)
      io.out(`${JSON.stringify(toJson(WatchDeploymentsResponseSchema, message, { useProtoFieldName: true, alwaysEmitImplicit: true }))}\n`);
    else io.out(lines.join(""));
  };

  for (;;) {
    try {
      const request = group === undefined ? {} : { group };
      for await (const message of client.watchDeployments(request, { signal: enough.signal, timeoutMs: 0 })) {
        if (message.snapshot && failedTries > 0) {
          if (drawn) state = "";
          else say("connected again");
        }
        if (message.snapshot) failedTries = 0;
        everConnected = true;
        show(message);
      }
      // A server that stops may end its streams without an error.
      throw new Error("the server ended the watch");
    } catch (error) {
      if (enough.signal.aborted) return ok(undefined);
      const { message, passing } = told(error, session);
      if (!everConnected || !passing) return err(failure(message));
      const waitMs = backoffMs(++failedTries, io.random);
      say(`${message}; trying again in ${span(waitMs)}`);
      await pause(waitMs, session, enough.signal);
      if (enough.signal.aborted) return ok(undefined);
    }
  }
}

function told(error: unknown, session: Session): { readonly message: string; readonly passing: boolean } {
  return error instanceof Error && error.message === "the server ended the watch"
    ? { message: `${session.url}: ${error.message}`, passing: true }
    : session.explain(error);
}

/** Brings `known` up to date. @returns What has changed, a line each. */
function applied(message: WatchDeploymentsResponse, known: Map<string, Deployment>): readonly string[] {
  const { snapshot, deployments, removedIds } = message;
  const present = new Set(deployments.map(({ id }) => id));
  const gone = snapshot ? [...known.keys()].filter((id) => !present.has(id)) : removedIds;
  const lines = deployments.flatMap((deployment) => changeLines(known.get(deployment.id), deployment));
  // A snapshot has the order of the configuration, which the table keeps.
  if (snapshot) known.clear();
  for (const deployment of deployments) known.set(deployment.id, deployment);
  for (const id of gone) known.delete(id);
  return [...lines, ...gone.map((id) => `${id} removed`)];
}

/** Waits, or ends early when the watch is over. */
function pause(ms: number, { io }: Session, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = io.clock.schedule(ms, done);
    function done(): void {
      io.clock.cancel(timer);
      signal.removeEventListener("abort", done);
      resolve();
    }
    signal.addEventListener("abort", done);
    if (signal.aborted) done();
  });
}
