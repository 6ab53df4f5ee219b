import { crc32 } from "node:zlib";

/** One message of AWS's framing. @param headers Texts all of them, as Bedrock sends them. */
export function frame(headers: Readonly<Record<string, string>>, payload: string): Buffer {
  const parts = Object.entries(headers).map(([name, value]) => {
    const [key, text] = [Buffer.from(name), Buffer.from(value)];
    const length = Buffer.alloc(2);
    length.writeUInt16BE(text.length);
    return Buffer.concat([Buffer.from([key.length]), key, Buffer.from([7]), length, text]);
  });
  return framed(Buffer.concat(parts), Buffer.from(payload));
}

/** The same with the bytes of its headers as they are. */
export function framed(head: Buffer, body: Buffer): Buffer {
  const all = Buffer.concat([prelude(16 + head.length + body.length, head.length), head, body]);
  const checksum = Buffer.alloc(4);
  checksum.writeUInt32BE(crc32(all));
  return Buffer.concat([all, checksum]);
}

/** The head of a message: its lengths and their checksum. */
export function prelude(total: number, headers: number): Buffer {
  const bytes = Buffer.alloc(12);
  bytes.writeUInt32BE(total);
  bytes.writeUInt32BE(headers, 4);
  bytes.writeUInt32BE(crc32(bytes.subarray(0, 8)), 8);
  return bytes;
}

/** An event, with the headers that Bedrock's have. */
export function eventFrame(type: string, payload: unknown): Buffer {
  const headers = { ":message-type": "event", ":event-type": type, ":content-type": "application/json" };
  return frame(headers, JSON.stringify(payload));
}

export function exceptionFrame(type: string, payload: unknown): Buffer {
  const headers = { ":message-type": "exception", ":exception-type": type, ":content-type": "application/json" };
  return frame(headers, JSON.stringify(payload));
}
