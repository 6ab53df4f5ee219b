import { Code, ConnectError } from "@connectrpc/connect";
import type { Compression } from "@connectrpc/connect/protocol";
import { promisify } from "node:util";
import { deflate, inflate } from "node:zlib";

const pack = promisify(deflate);
const unpack = promisify<Uint8Array, object, Buffer<ArrayBuffer>>(inflate);

/** `deflate`, which gRPC's older clients send and the library lacks: zlib's format (RFC 1950). */
export const compressionDeflate: Compression = {
  name: "deflate",
  compress: (bytes) => pack(bytes),
  async decompress(bytes, readMaxBytes) {
    if (bytes.length === 0) return new Uint8Array(0);
    try {
      return await unpack(bytes, { maxOutputLength: readMaxBytes });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === "ERR_BUFFER_TOO_LARGE") {
        const message = `message is larger than configured readMaxBytes ${readMaxBytes} after decompression`;
        throw new ConnectError(message, Code.ResourceExhausted);
      }
      throw new ConnectError("decompression failed", Code.InvalidArgument);
    }
  },
};
