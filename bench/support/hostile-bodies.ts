/** A body that is made to be slow to read. */
export interface HostileBody {
  readonly name: string;
  /** @param size About so many bytes. */
  make(size: number): Buffer;
}

/** Repeats `unit` between `head` and `tail` until the text has about `size` bytes. */
function repeated(name: string, unit: string, head = '{"model":"m","messages":[', tail = "]}"): HostileBody {
  return {
    name,
    make(size) {
      const times = Math.floor((size - head.length - tail.length) / Buffer.byteLength(unit));
      return Buffer.concat([Buffer.from(head), Buffer.alloc(times * Buffer.byteLength(unit), unit), Buffer.from(tail)]);
    },
  };
}

const message = '{"model":"m","messages":[{"role":"user","content":"';
const messageEnd = '"}]}';
const deep = `${"[".repeat(490)}${"]".repeat(490)},`;

/** Bodies in JSON, valid ones and others. */
export const jsonBodies: readonly HostileBody[] = [
  repeated("one text (no attack)", "the quick brown fox jumps ", message, messageEnd),
  repeated("one text of Chinese (no attack)", "敏捷的棕色狐狸跳过", message, messageEnd),
  repeated("texts of 1 KB (no attack)", `{"role":"user","content":"${"x".repeat(998)}"},`, undefined, '{"role":"user","content":""}]}'),
  repeated("opening brackets", "["),
  repeated("objects in objects", '{"a":'),
  repeated("lists in lists, closed, 490 deep", deep, undefined, "1]}"),
  repeated("members at the top", '"a":1,', '{"model":"m",', '"b":1}'),
  repeated("members with empty names", '"":1,', '{"model":"m","messages":[{', '"b":1}]}'),
  repeated("tags", '"",', '{"model":"m","tags":[', '""]}'),
  repeated("fallbacks", '"",', '{"model":"m","fallbacks":[', '""]}'),
  repeated("empty messages", "{},", undefined, "{}]}"),
  repeated("short messages", '{"role":"user","content":"a"},', undefined, "{}]}"),
  repeated("empty texts in tools", '"",', '{"model":"m","tools":[', '""]}'),
  repeated("ones", "1,", undefined, "1]}"),
  repeated("ones as a prompt", "1,", '{"model":"m","prompt":[[', "1]]}"),
  repeated("ones of 30 bytes", `${"1".repeat(29)},`, undefined, "1]}"),
  repeated("numbers of all forms", "-0.5e+7,12,0,1E9,3.25,", undefined, "1]}"),
  repeated("one number", "1", undefined, "]}"),
  repeated("words", "true,false,null,", undefined, "null]}"),
  repeated("trailing commas", "1,", undefined, "]}"),
  repeated("trailing commas in many lists", "[1,],", undefined, "[]]}"),
  repeated("spaces", " ", undefined, "]}"),
  repeated("line feeds, then a fault", "\n", undefined, "x]}"),
  repeated("spaces between ones", `1,${" ".repeat(31)}`, undefined, "1]}"),
  repeated("texts of 28 bytes", `"${"x".repeat(28)}",`, undefined, '""]}'),
  repeated("a text that does not end", "x", message, ""),
  repeated("escaped line feeds", "\\n", message, messageEnd),
  repeated("escapes here and there", "a\\nbcd\\\\ef\\", message, `"${messageEnd}`),
  repeated("escapes of four digits", "\\u00e9", message, messageEnd),
  upTo("as many values as REST takes, and a text", 990_000, "1,"),
  upTo("as many messages as Connect takes, and a text", 33_000, '{"role":"user","content":"a"},'),
  repeated("backslashes, then a fault", "\\\\", message, '\\x"}]}'),
];

const model = Buffer.from("\n\u0001m");
const shortMessage = Buffer.from("\u0012\u000b\n\u0004user\u0012\u0003\u001a\u0001a");

/** Messages of ChatCompletionRequest in protobuf's wire format, valid ones and others. */
export const protobufBodies: readonly HostileBody[] = [
  nested("one text (no attack)", "the quick brown fox jumps ", [0x12, 0x0a]),
  binary("empty messages", [0x12, 0x00]),
  { name: "short messages", make: (size) => Buffer.alloc(size - (size % shortMessage.length), shortMessage) },
  {
    name: "as many messages as gRPC takes, and a text",
    make: (size) => {
      const messages = Buffer.alloc(shortMessage.length * 49_000, shortMessage);
      const text = field(0x12, field(0x12, field(0x1a, Buffer.alloc(size - messages.length, "x"))));
      return Buffer.concat([model, messages, text]);
    },
  },
  binary("empty modalities", [0xca, 0x01, 0x00]),
  binary("empty tools", [0x7a, 0x00]),
  nested("truths in a list", [0x0a, 0x02, 0x20, 0x01], [0x42, 0x32]),
  nested("values of no kind in a list", [0x0a, 0x00], [0x42, 0x32]),
  binary("a field again and again", [0x0a, 0x00]),
  binary("unknown fields", [0xf8, 0x3f, 0x01]),
  binary("entries of a map", [0x9a, 0x02, 0x00]),
];

/** So many times `unit`, and one long text behind them. */
function upTo(name: string, count: number, unit: string): HostileBody {
  const head = `{"model":"m","messages":[${unit.repeat(count)}{"role":"user","content":"`;
  return { name, make: (size) => Buffer.from(`${head}${"x".repeat(Math.max(size - head.length - 4, 0))}"}]}`) };
}

function binary(name: string, unit: readonly number[]): HostileBody {
  return { name, make: (size) => Buffer.alloc(size - (size % unit.length), Buffer.from(unit)) };
}

/** @param tags Of the fields that lie in each other around what is repeated. */
function nested(name: string, unit: string | readonly number[], tags: readonly number[]): HostileBody {
  return {
    name,
    make(size) {
      const bytes = Buffer.from(unit as string);
      let all: Buffer = Buffer.alloc(size - (size % bytes.length), bytes);
      for (const tag of tags.toReversed()) all = field(tag, all);
      return all;
    },
  };
}

function field(tag: number, content: Buffer): Buffer {
  return Buffer.concat([Buffer.from([tag]), varint(content.length), content]);
}

function varint(value: number): Buffer {
  const bytes: number[] = [];
  let rest = value;
  for (; rest >= 0x80; rest = Math.floor(rest / 0x80)) bytes.push((rest % 0x80) + 0x80);
  return Buffer.from([...bytes, rest]);
}
