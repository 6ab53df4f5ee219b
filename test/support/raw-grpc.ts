import { connect } from "node:http2";

export interface RawGrpcAnswer {
  /** `grpc-status`. */
  readonly status: number;
  readonly message: string;
}

/**
 * One gRPC call as bytes, for headers that no gRPC client would send.
 * @param path `/huntgroup.v1.ChatService/ChatCompletion`
 */
export function rawGrpc(
  port: number,
  path: string,
  message: Uint8Array,
  headers: Readonly<Record<string, string>>,
): Promise<RawGrpcAnswer> {
  return new Promise((resolve, reject) => {
    const session = connect(`http://127.0.0.1:${port}`);
    session.on("error", reject);
    const stream = session.request({
      ":method": "POST",
      ":path": path,
      "content-type": "application/grpc",
      te: "trailers",
      ...headers,
    });
    const heads: Record<string, unknown> = {};
    stream.on("response", (received) => Object.assign(heads, received));
    stream.on("trailers", (received) => Object.assign(heads, received));
    stream.on("error", reject);
    stream.resume();
    stream.on("end", () => {
      session.close();
      resolve({
        status: Number(heads["grpc-status"] ?? "-1"),
        message: decodeURIComponent(typeof heads["grpc-message"] === "string" ? heads["grpc-message"] : ""),
      });
    });
    const frame = Buffer.alloc(5);
    frame.writeUInt32BE(message.length, 1);
    stream.end(Buffer.concat([frame, message]));
  });
}
