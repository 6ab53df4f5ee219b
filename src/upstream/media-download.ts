import type { IncomingHttpHeaders, IncomingMessage } from "node:http";
import { request as httpsRequest } from "node:https";
import { isIP } from "node:net";

/** What downloads are made with. */
export interface DownloadDeps {
  /** All addresses of a host. Rejects where it has none. */
  resolve(host: string): Promise<readonly string[]>;
  /** Whether an address may be connected to. */
  isPublic(address: string): boolean;
  /** Authorities whose certificates are taken, in PEM. Omit them for the usual ones. */
  readonly authorities?: string | undefined;
}

/** Why there is no content, in words that follow the name of its part. */
export class DownloadRefused extends Error {
  override readonly name = "DownloadRefused";
}

/** What bounds a download, and who counts its bytes. */
interface DownloadBounds {
  readonly signal: AbortSignal;
  /** Told of each piece before it is kept. Throws where it is one too many. */
  onBytes(bytes: number): void;
  /** Bytes that may come at most. */
  most(): number;
}

/**
 * Fetches what a caller names by address: over https, of public addresses alone, without following redirects and without credentials. The host is
 * resolved once, and what is connected to is that very address: a name that leads elsewhere the next time changes nothing.
 * @throws DownloadRefused, and what `onBytes` throws.
 */
export async function download(text: string, deps: DownloadDeps, bounds: DownloadBounds): Promise<Buffer> {
  const url = URL.parse(text);
  if (url?.protocol !== "https:") throw new DownloadRefused("is no https:// address");
  if (url.username !== "" || url.password !== "") throw new DownloadRefused("has credentials in its address");
  // The platform has made the usual form of any spelling of an address: decimal, octal, hexadecimal.
  const host = url.hostname.replace(/^\[|\]$/g, "");
  const address = await publicAddressOf(host, deps);
  bounds.signal.throwIfAborted();
  return receive(url, { host, address }, deps, bounds);
}

async function publicAddressOf(host: string, deps: DownloadDeps): Promise<string> {
  const addresses = isIP(host) === 0 ? await deps.resolve(host).catch(() => []) : [host];
  const [first] = addresses.toSorted((a, b) => isIP(a) - isIP(b));
  // One that is not public among others is nobody's mistake. Which of it was is not told: it would map the network that this runs in.
  if (first === undefined || !addresses.every((address) => deps.isPublic(address))) throw new DownloadRefused("is at no public address");
  return first;
}

interface Target {
  readonly host: string;
  readonly address: string;
}

function receive(url: URL, { host, address }: Target, deps: DownloadDeps, bounds: DownloadBounds): Promise<Buffer> {
  return new Promise((fulfil, reject) => {
    const request = httpsRequest({
      host: address,
      port: url.port === "" ? 443 : Number(url.port),
      path: url.pathname + url.search,
      servername: isIP(host) === 0 ? host : "",
      headers: {
        host: url.host,
        accept: "image/*, application/pdf, audio/*, video/*",
        "accept-encoding": "identity",
        "user-agent": "huntgroup",
      },
      agent: false,
      ca: deps.authorities,
      maxHeaderSize: 16_384,
      signal: bounds.signal,
    });
    const fail = (error: unknown): void => {
      request.destroy();
      reject(error instanceof Error ? error : new DownloadRefused("could not be fetched"));
    };
    request.on("socket", (socket) => {
      socket.once("connect", () => {
        if (!deps.isPublic(socket.remoteAddress ?? "")) fail(new DownloadRefused("is at no public address"));
      });
    });
    request.on("error", () => fail(new DownloadRefused("could not be fetched")));
    request.on("response", (response) => void collect(response, bounds).then(fulfil, fail));
    request.end();
  });
}

function collect(response: IncomingMessage, bounds: DownloadBounds): Promise<Buffer> {
  return new Promise((fulfil, reject) => {
    const { statusCode = 0, headers } = response;
    const refusal = refusalOf(statusCode, headers, bounds);
    if (refusal !== undefined) {
      reject(new DownloadRefused(refusal));
      return;
    }
    const pieces: Buffer[] = [];
    response.on("data", (piece: Buffer) => {
      try {
        if (piece.length > bounds.most()) throw new DownloadRefused("is too large");
        bounds.onBytes(piece.length);
        pieces.push(piece);
      } catch (error) {
        response.destroy();
        reject(error instanceof Error ? error : new DownloadRefused("could not be fetched"));
      }
    });
    response.on("end", () => fulfil(Buffer.concat(pieces)));
    response.on("error", () => reject(new DownloadRefused("could not be fetched whole")));
    response.on("close", () => reject(new DownloadRefused("could not be fetched whole")));
  });
}

function refusalOf(status: number, headers: IncomingHttpHeaders, bounds: DownloadBounds): string | undefined {
  if (status !== 200) return `could not be fetched (HTTP ${status}; redirects are not followed)`;
  if (headers["content-encoding"] !== undefined) return "comes packed, which was not asked for";
  return Number(headers["content-length"] ?? 0) > bounds.most() ? "is too large" : undefined;
}
