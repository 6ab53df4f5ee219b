import { connect, constants, type IncomingHttpHeaders } from "node:http2";

/** A request as bytes, for what no client would send. */
export interface RawRequest {
  /** What differs from a plain gRPC request's; undefined leaves one out. */
  readonly headers?: Readonly<Record<string, string | string[] | undefined>>;
  readonly path: string;
  /** Sent one after the other. */
  readonly body: readonly Uint8Array[];
  /** Whether the body is left open. */
  readonly isOpen?: boolean;
  /** The caller hangs up when this resolves. */
  readonly hangUp?: Promise<unknown>;
}

export interface RawAnswer {
  readonly headers: IncomingHttpHeaders;
  /** Whole, in hexadecimal. */
  readonly body: string;
  readonly trailers: IncomingHttpHeaders;
  /** The code of HTTP/2 that the stream was ended with. */
  readonly reset: number | undefined;
}

/** One request over a connection of its own. Dates are left out of the answer. */
export async function rawExchange(port: number, request: RawRequest): Promise<RawAnswer> {
  const session = connect(`http://127.0.0.1:${port}`);
  try {
    return await new Promise<RawAnswer>((resolve, reject) => {
      session.on("error", reject);
      const head = { ":method": "POST", "content-type": "application/grpc", te: "trailers", ...request.headers };
      const given = Object.entries(head).filter(([, value]) => value !== undefined);
      const stream = session.request({ ...Object.fromEntries(given), ":path": request.path }, { endStream: false });
      const pieces: Buffer[] = [];
      let headers: IncomingHttpHeaders = {};
      let trailers: IncomingHttpHeaders = {};
      let isWhole = false;
      stream.on("response", ({ date: _date, ...others }) => (headers = { ...others }));
      stream.on("trailers", (received) => (trailers = { ...received }));
      stream.on("data", (piece: Buffer) => pieces.push(piece));
      stream.on("end", () => {
        isWhole = true;
        stream.close(constants.NGHTTP2_CANCEL);
      });
      stream.on("error", () => {});
      stream.on("close", () => {
        const reset = isWhole ? undefined : stream.rstCode;
        resolve({ headers, body: Buffer.concat(pieces).toString("hex"), trailers, reset });
      });
      void request.hangUp?.then(() => stream.close(constants.NGHTTP2_CANCEL));
      void send(stream, request);
    });
  } finally {
    session.destroy();
  }
}

async function send(stream: ReturnType<ReturnType<typeof connect>["request"]>, { body, isOpen = false }: RawRequest): Promise<void> {
  // Each piece is written once the one before has left, so that they arrive as pieces.
  for (const piece of body) await new Promise((resolve) => stream.write(piece, resolve));
  if (!isOpen) stream.end();
}
