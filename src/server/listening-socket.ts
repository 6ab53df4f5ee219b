import { createServer as createTcpServer, type AddressInfo, type Server as TcpServer, type Socket } from "node:net";
import { createServer as createTlsServer, Server as TlsServer } from "node:tls";
import { listenAtFile, socketFileProblems, type SocketFile } from "./socket-file.ts";

/** Where a server can be reached. */
export interface ListenAddress {
  readonly host: string;
  /** 0 for a socket in the file system. */
  readonly port: number;
  /** The path of a socket in the file system, which it is reached by alone. */
  readonly socketPath?: string | undefined;
}

/** Where to listen. */
export interface ListenOptions {
  readonly host: string;
  /** 0 lets the system choose one. */
  readonly port: number;
  /**
   * Set where several listeners have the port, each on a thread of its own: the system hands each connection to one of them. The `first`
   * makes sure that no other program has the port. Omit it for a listener that is alone.
   */
  readonly sharePort?: "first" | "another" | undefined;
  /** A socket in the file system, in place of host and port. It cannot be shared. */
  readonly socket?: SocketFile | undefined;
}

/** A certificate with its chain, and its private key. All in PEM. */
export interface TlsCredentials {
  readonly cert: string | Buffer;
  readonly key: string | Buffer;
  /** The authorities whose certificates clients may show. Omit it to ask for none. */
  readonly clientCa?: string | undefined;
  /** Whether a client without such a certificate is refused. Default: `required`. It cannot be changed while the server listens. */
  readonly clientAuth?: ClientAuth | undefined;
}

/** Whether clients must show a certificate, or may. */
export type ClientAuth = "required" | "optional";

/** How often the system asks a silent peer whether it is still there: it finds the ones that vanished without a word. */
const tcpKeepAliveMs = 30_000;

/**
 * A socket that does not listen yet.
 * @param tls With it, connections speak TLS only.
 * @param accept Takes connections that are ready to speak HTTP.
 */
export function createListeningSocket(
  tls: TlsCredentials | undefined,
  handshakeTimeoutMs: number,
  accept: (socket: Socket) => void,
): TcpServer {
  // Small writes go out at once: a token must not wait for the next one.
  const tcp = { noDelay: true, keepAlive: true, keepAliveInitialDelay: tcpKeepAliveMs };
  if (tls === undefined) return createTcpServer(tcp, accept);
  const listener = createTlsServer({
    ...tcp,
    ...contextOf(tls),
    requestCert: tls.clientCa !== undefined,
    rejectUnauthorized: tls.clientAuth !== "optional",
    ALPNProtocols: ["h2", "http/1.1"],
    handshakeTimeout: handshakeTimeoutMs,
  });
  listener.on("secureConnection", accept);
  return listener;
}

function contextOf({ cert, key, clientCa: ca }: TlsCredentials) {
  return { cert, key, ...(ca === undefined ? {} : { ca }) };
}

/** Has connections from now on shown another certificate. Those that are open go on. @throws When the certificate and its key cannot be used. */
export function renewTls(listener: TcpServer, tls: TlsCredentials): void {
  if (listener instanceof TlsServer) listener.setSecureContext(contextOf(tls));
}

/**
 * Begins to listen.
 * @param onError Called for each fault of the socket once it listens.
 * @returns Rejects, with a message for people, when the address cannot be had.
 */
export async function listenAt(listener: TcpServer, options: ListenOptions, onError: (error: unknown) => void): Promise<ListenAddress> {
  const { host, port, sharePort, socket } = options;
  try {
    if (socket !== undefined) {
      await listenAtFile(listener, socket, onError);
      return { host: `unix:${socket.path}`, port: 0, socketPath: socket.path };
    }
    // Any free port is free.
    if (sharePort === "first" && port !== 0) await probePort(host, port);
    return await new Promise((resolve, reject) => {
      listener.once("error", reject);
      listener.listen({ port, host, reusePort: sharePort !== undefined }, () => {
        listener.off("error", reject);
        listener.on("error", onError);
        const { address, port } = listener.address() as AddressInfo;
        resolve({ host: address, port });
      });
    });
  } catch (error) {
    throw listenError(error as NodeJS.ErrnoException, options);
  }
}

/**
 * Resolves when a port is free. A listener that shares its port would be let in beside another program's that does the same.
 * @returns Rejects with what the platform says when the port is taken.
 */
function probePort(host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const probe = createTcpServer();
    probe.once("error", reject);
    probe.listen({ host, port, exclusive: true }, () => probe.close(() => resolve()));
  });
}

function listenError(error: NodeJS.ErrnoException, { host, port, socket }: ListenOptions): Error {
  const [where, problems] = socket === undefined ? [`${host}:${port}`, listenProblems] : [`unix:${socket.path}`, socketFileProblems];
  return new Error(`Cannot listen on ${where}: ${problems[error.code ?? ""] ?? error.message}`, { cause: error });
}

const listenProblems: Readonly<Record<string, string>> = {
  EADDRINUSE: "another program uses this port (choose another one with --port)",
  EADDRNOTAVAIL: "this machine has no such address",
  EACCES: "not permitted (ports below 1024 usually need privileges)",
  ENOTFOUND: "no such host name",
};
