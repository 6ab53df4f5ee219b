const prefixBytes = 5;

/** A message in gRPC's framing, uncompressed. */
export function grpcFrame(message: Uint8Array): Buffer {
  const frame = Buffer.alloc(prefixBytes + message.length);
  frame.writeUInt32BE(message.length, 1);
  frame.set(message, prefixBytes);
  return frame;
}

/** Takes a stream of gRPC's frames apart, cut anywhere. */
export class GrpcFrameReader {
  readonly #onMessage: (message: Buffer) => void;
  #pending: Buffer | undefined;

  /** @param onMessage It may keep the message. */
  constructor(onMessage: (message: Buffer) => void) {
    this.#onMessage = onMessage;
  }

  push(received: Buffer): void {
    const data = this.#pending === undefined ? received : Buffer.concat([this.#pending, received]);
    let at = 0;
    while (data.length - at >= prefixBytes) {
      const end = at + prefixBytes + data.readUInt32BE(at + 1);
      if (end > data.length) break;
      this.#onMessage(data.subarray(at + prefixBytes, end));
      at = end;
    }
    this.#pending = at === data.length ? undefined : data.subarray(at);
  }
}
