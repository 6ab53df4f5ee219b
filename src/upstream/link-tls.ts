import { createSecureContext, type SecureContext } from "node:tls";
import type { UpstreamLink } from "../core/upstream.ts";

export interface LinkTls {
  readonly secureContext: SecureContext;
  readonly rejectUnauthorized: boolean;
}

/** A link in the platform's words. Costly, since it may read a hundred certificates: once for all of its connections. */
export function tlsOf({ verify, ca, certificate }: UpstreamLink): LinkTls {
  const trusted = ca === undefined ? {} : { ca };
  // One file holds both, and each reader takes its part of it.
  const shown = certificate === undefined ? {} : { cert: certificate, key: certificate };
  return { secureContext: createSecureContext({ ...trusted, ...shown }), rejectUnauthorized: verify };
}
