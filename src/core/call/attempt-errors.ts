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
  const fault = certificateFaults[reason];
  if (fault !== undefined) return new RouterError("upstream_unreachable", `No connection to ${where}: ${fault} (${reason}).`, { cause });
  const message =
    kind === "connect" ? `No connection to ${where} (${reason}).` : `The connection to ${where} broke before it answered (${reason}).`;
  return new RouterError("upstream_unreachable", message, { cause });
}

/** What is wrong with a provider's certificate, or with ours, by the platform's code: no retry mends it, so it is worth words of its own. */
const certificateFaults: Readonly<Record<string, string>> = {
  CERT_HAS_EXPIRED: "its certificate has expired",
  CERT_NOT_YET_VALID: "its certificate is not valid yet",
  CERT_REVOKED: "its certificate was revoked",
  ERR_TLS_CERT_ALTNAME_INVALID: "its certificate is for another name",
  DEPTH_ZERO_SELF_SIGNED_CERT: "its certificate is vouched for by itself alone; ssl_verify may name it",
  SELF_SIGNED_CERT_IN_CHAIN: "its certificate is of an authority that is not known here; ssl_verify may name it",
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: "its certificate is of an authority that is not known here; ssl_verify may name it",
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: "its certificate is of an authority that is not known here; ssl_verify may name it",
  ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED: "it asks for a certificate; see ssl_certificate",
};

/** A stream ended before its answer did. */
export function interrupted({ id }: Place, reason: string, cause?: unknown): RouterError {
  return new RouterError("stream_interrupted", `The stream from deployment ${id} was cut (${reason}).`, { cause });
}

/** A stream came to its end without an answer. */
export function emptyStream({ id }: Place): RouterError {
  return new RouterError("upstream_malformed", `Deployment ${id} sent a stream without content.`);
}

/** The caller's own time ran out: its deadline, or how long it may leave a stream unread. */
export function outOfTime(bound: "deadline" | "pause", afterMs: number): RouterError {
  const what =
    bound === "deadline"
      ? "The call's deadline ran out before the answer was complete."
      : `The caller has read nothing of its stream for ${afterMs / 1_000} s.`;
  return new RouterError("deadline_exceeded", what);
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
