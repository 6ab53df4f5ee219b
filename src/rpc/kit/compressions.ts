import { compressionBrotli, compressionGzip } from "@connectrpc/connect-node";
import type { Compression } from "@connectrpc/connect/protocol";
import { compressionDeflate } from "./compression-deflate.ts";

/** All codings of messages that are read and written. */
export const compressions: Compression[] = [compressionGzip, compressionBrotli, compressionDeflate];
