import type { Socket } from "node:net";
import type { Clock } from "../lib/clock.ts";
import type { ProtocolListener } from "./protocol-listener.ts";
import { sniffProtocol } from "./sniff-protocol.ts";

/** Hands each new connection to the listener of the protocol that its first bytes speak. */
export function acceptByProtocol(options: {
  clock: Clock;
  /** How long a client may take to say what it speaks. */
  silenceTimeoutMs: number;
  http1: ProtocolListener;
  http2: ProtocolListener;
}): { accept(socket: Socket): void; /** Drops the connections whose protocol is not known yet. */ destroyUndecided(): void } {
  const { clock, silenceTimeoutMs, http1, http2 } = options;
  const undecided = new Set<Socket>();

  return {
    accept(socket) {
      let head: Buffer = empty;
      undecided.add(socket);
      const timer = clock.schedule(silenceTimeoutMs, () => socket.destroy());
      const settle = () => {
        undecided.delete(socket);
        clock.cancel(timer);
        socket.off("data", onData);
        socket.off("close", settle);
      };
      const onData = (chunk: Buffer) => {
        head = head.length === 0 ? chunk : Buffer.concat([head, chunk]);
        const protocol = sniffProtocol(head);
        if (protocol === undefined) return;
        settle();
        switch (protocol) {
          case "tls":
            // A client that expects TLS, on a port without it. Any answer would reach it as a broken handshake; closing says the same.
            socket.destroy();
            return;
          case "http1":
          case "http2":
            socket.pause();
            socket.unshift(head);
            (protocol === "http1" ? http1 : http2).accept(socket);
            return;
          default:
            return protocol satisfies never;
        }
      };
      socket.on("data", onData);
      socket.once("close", settle);
    },
    destroyUndecided() {
      for (const socket of undecided) socket.destroy();
    },
  };
}

const empty = Buffer.alloc(0);
