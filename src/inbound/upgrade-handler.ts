import type { IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";

/** A connection that has left HTTP. */
export interface UpgradedConnection {
  /** The server is about to stop: the conversation is to end when its answer under way has. */
  leave(): void;
}

/**
 * Answers requests that want to leave HTTP for WebSocket. It takes over the connection, and must end it in any case.
 * @param head What has come behind the request.
 */
export type UpgradeHandler = (request: IncomingMessage, socket: Duplex, head: Buffer) => UpgradedConnection;
