import type { ServerHttp2Session } from "node:http2";
import type { Duplex } from "node:stream";
import { TLSSocket } from "node:tls";
import type { Clock, Timer } from "../lib/clock.ts";

const goawayType = 7;
/**
 * GOAWAY with the highest stream id there is: "send no new requests; those on their way will be served" (RFC 9113, 6.8). The platform has
 * no call that sends it: its own GOAWAY names the last stream that it has seen, and what comes after it is refused.
 */
const shutdownNotice = Buffer.from([0, 0, 8, goawayType, 0, 0, 0, 0, 0, 0x7f, 0xff, 0xff, 0xff, 0, 0, 0, 0]);

/**
 * Ends sessions of HTTP/2 after their streams, those included that the client opened before it could know: first a notice, then, when the
 * client must have read it, the end.
 */
export class GracefulGoaway {
  readonly #clock: Clock;
  readonly #lastWordMs: number;
  /** When each session that was sent the notice is ended, whether the client answers or not. */
  readonly #endings = new Map<ServerHttp2Session, Timer>();

  /** @param lastWordMs How long a client may take to answer the notice. */
  constructor(clock: Clock, lastWordMs: number) {
    this.#clock = clock;
    this.#lastWordMs = lastWordMs;
  }

  /** Begins the end of a session. A second call for the same session does nothing. @param socket The session's connection. */
  leave(session: ServerHttp2Session, socket: Duplex | undefined): void {
    if (this.#endings.has(session)) return;
    // The platform writes to a TLS connection one thing at a time and bears no second writer. There, a stream that meets the end is
    // refused, which clients may take as "not seen": gRPC's send it elsewhere by themselves.
    if (socket === undefined || socket instanceof TLSSocket) {
      session.close();
      return;
    }
    this.#endings.set(
      session,
      this.#clock.schedule(this.#lastWordMs, () => session.close()),
    );
    const notify = (): void => {
      if (session.closed || session.destroyed) return;
      socket.write(shutdownNotice);
      // The answer comes after everything that the client had sent when it read the notice.
      session.ping(() => session.close());
    };
    // Nothing may go before the server's first settings.
    if (session.pendingSettingsAck) session.once("localSettings", notify);
    else notify();
  }

  /** Forgets a session that is closed. */
  forget(session: ServerHttp2Session): void {
    this.#clock.cancel(this.#endings.get(session));
    this.#endings.delete(session);
  }

  /** Cancels all timers: the sessions are destroyed. */
  cancel(): void {
    for (const ending of this.#endings.values()) this.#clock.cancel(ending);
  }
}
