import type { TLSSocket } from "node:tls";
import type { HttpRequest } from "./http-handler.ts";

/** Who a client is by its certificate, which an authority that this server trusts has signed. */
export interface ClientIdentity {
  /** The subject's common name. Undefined where there is none, or several. */
  readonly commonName: string | undefined;
  /** The subject's alternative names: host names, and URIs such as SPIFFE ids. */
  readonly dns: readonly string[];
  readonly uris: readonly string[];
}

/** Tells a thread of this program who a client is whose request another thread has passed on. It is ignored on other connections. */
export const relayedIdentityHeader = "x-huntgroup-relayed-identity";

/** By connection: the socket of HTTP/1.1, the session of HTTP/2; by request where another thread has passed it on. */
const known = new WeakMap<object, ClientIdentity>();

/** Reads the certificate that a client has shown. @returns Undefined where there is none, or where it is not valid. */
export function readIdentity(socket: TLSSocket): ClientIdentity | undefined {
  if (!socket.authorized) return undefined;
  const certificate = socket.getPeerX509Certificate();
  if (certificate === undefined) return undefined;
  const { CN } = socket.getPeerCertificate().subject;
  const names = alternativeNames(certificate.subjectAltName ?? "");
  const named = (kind: string): readonly string[] => names.filter((name) => name.kind === kind).map(({ value }) => value);
  return { commonName: typeof CN === "string" ? CN : undefined, dns: named("DNS"), uris: named("URI") };
}

/** Notes who a connection's client is. */
export function noteIdentity(connection: object, identity: ClientIdentity): void {
  known.set(connection, identity);
}

/** Who the client of a connection is. */
export function identityOfConnection(connection: object | undefined): ClientIdentity | undefined {
  return connection === undefined ? undefined : known.get(connection);
}

/** Who the client of a request is. Undefined where it has shown no certificate. */
export function clientIdentity(request: HttpRequest): ClientIdentity | undefined {
  return known.get(request) ?? identityOfConnection("stream" in request ? request.stream.session : request.socket);
}

/** Writes who the client of a request is, for another thread. */
export function relayedIdentity(request: HttpRequest): string | undefined {
  const identity = clientIdentity(request);
  return identity === undefined ? undefined : encodeURIComponent(JSON.stringify(identity));
}

/** Notes what another thread says of a request's client. Call it only for requests that another thread has passed on. */
export function noteRelayedIdentity(request: HttpRequest): void {
  const written = request.headers[relayedIdentityHeader];
  if (typeof written === "string") known.set(request, JSON.parse(decodeURIComponent(written)) as ClientIdentity);
}

/**
 * Takes apart what the platform writes: `DNS:a.example, URI:spiffe://b`. A value that could be mistaken for several stands in it as a JSON text.
 */
function alternativeNames(text: string): readonly { readonly kind: string; readonly value: string }[] {
  return Array.from(text.matchAll(/(?:^|, )([^:,"]+):("(?:[^"\\]|\\.)*"|[^,]*)/g), ([, kind = "", value = ""]) => ({
    kind,
    value: value.startsWith('"') ? (JSON.parse(value) as string) : value,
  }));
}
