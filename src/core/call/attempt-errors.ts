import { RouterError } from "../errors.ts";
import type { RoutedDeployment } from "../table/routed-deployment.ts";
import type { UpstreamFailure } from "../upstream.ts";

/** What an attempt fails with where no adapter says it: the errors that the transport and the timers make. */

type Place = Pick<RoutedDeployment, "id">;

/** There is no reply, or no whole one. @param hasContent Whether a part of the answer had come. */
export function exchangeFailed(at: Place, { kind, reason, cause }: UpstreamFailure, hasContent: boolean): RouterError {
  if (kind === "local") return new RouterError("local_fault", `This server could not send the request (${reason}).`, { cause });
  if (kind === "broken" && hasContent) return interrupted(at, reason, cause);
  const where = `deployment ${at.id}`;
  const message =
    kind === "connect" ? `No connection to ${where} (${reason}).` : `The connection to ${where} broke before it answered (${reason}).`;
  return new RouterError("upstream_unreachable", message, { cause });
}

/** A stream ended before its answer did. */
export function interrupted({ id }: Place, reason: string, cause?: unknown): RouterError {
  return new RouterError("stream_interrupted", `The stream from deployment ${id} was cut (${reason}).`, { cause });
}

/** A stream came to its end without an answer. */
export function emptyStream({ id }: Place): RouterError {
  return new RouterError("upstream_malformed", `Deployment ${id} sent a stream without content.`);
}

/** A bound of the attempt ran out. @param what What it bounded: `first content`. */
export function timedOut({ id }: Place, afterMs: number, what: string): RouterError {
  return new RouterError("upstream_timeout", `Deployment ${id} was given ${afterMs / 1_000} s for ${what}, and did not make it.`);
}

/** The provider's filter left nothing of the answer. */
export function refusedContent({ id }: Place): RouterError {
  return new RouterError("content_policy_violation", `The provider of deployment ${id} refused the content.`);
}

/** More came than is kept in memory. @param what What it was; `{bytes}` stands for their number. */
export function tooLong({ id }: Place, bytes: number, what: string): RouterError {
  return new RouterError("upstream_malformed", `Deployment ${id} sent ${what.replace("{bytes}", String(bytes))}.`);
}
