import type { DescField, DescMessage } from "@bufbuild/protobuf";

/** More fields than this in one message, those of messages in it included, are refused: each costs about a microsecond to make something of. */
export const mostFields = 200_000;
/** The library refuses what is nested deeper. */
const deepest = 100;

/** What a field number holds where that is a message: the same for the message's own fields. */
type Nested = Map<number, Nested>;
const known = new WeakMap<DescMessage, Nested>();
const nothing: Nested = new Map();

/**
 * Whether a message in protobuf's wire format has more than {@link mostFields} fields. Nothing is made of it, and the count ends there, or where
 * the bytes are no message any more.
 */
export function hasTooManyFields(desc: DescMessage, bytes: Uint8Array): boolean {
  // Each takes two bytes or more.
  if (bytes.length <= 2 * mostFields) return false;
  const counter = new FieldCounter(bytes);
  counter.count(nestedOf(desc), bytes.length, 0);
  return counter.left < 0;
}

class FieldCounter {
  left = mostFields;
  readonly #bytes: Uint8Array;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  /** Counts the fields up to `end`. */
  count(nested: Nested, end: number, depth: number): void {
    while (this.#at < end && --this.left >= 0) {
      const tag = this.#varint(end);
      switch (tag & 7) {
        case wire.varint:
          this.#varint(end);
          break;
        case wire.eightBytes:
          this.#at += 8;
          break;
        case wire.fourBytes:
          this.#at += 4;
          break;
        case wire.bytes: {
          const length = this.#varint(end);
          const stop = Math.min(this.#at + length, end);
          const inner = depth < deepest ? nested.get(tag >>> 3) : undefined;
          if (inner !== undefined) this.count(inner, stop, depth + 1);
          if (this.left < 0) return;
          this.#at = stop;
          break;
        }
        case wire.groupStart:
        case wire.groupEnd:
          break;
        default:
          this.#at = this.#bytes.length;
          return;
      }
    }
  }

  /** Of more than 32 bits these are lost: no such length fits, and no such tag has a message. */
  #varint(end: number): number {
    let value = 0;
    for (let shift = 0; shift < 70 && this.#at < end; shift += 7) {
      const byte = this.#bytes[this.#at++] ?? 0;
      if (shift < 32) value |= (byte & 0x7f) << shift;
      if (byte < 0x80) return value >>> 0;
    }
    this.#at = this.#bytes.length;
    return 0;
  }
}

/** The kinds of values in protobuf's wire format. */
const wire = { varint: 0, eightBytes: 1, bytes: 2, groupStart: 3, groupEnd: 4, fourBytes: 5 } as const;

function nestedOf(desc: DescMessage): Nested {
  const made = known.get(desc);
  if (made !== undefined) return made;
  const nested: Nested = new Map();
  // Before its fields: messages hold each other in circles.
  known.set(desc, nested);
  for (const field of desc.fields) {
    const inner = innerOf(field);
    if (inner !== undefined) nested.set(field.number, inner);
  }
  return nested;
}

/** An entry of a map is a message of key and value. */
function innerOf(field: DescField): Nested | undefined {
  if (field.fieldKind === "map") return field.message === undefined ? nothing : new Map([[2, nestedOf(field.message)]]);
  const message = field.fieldKind === "message" || field.fieldKind === "list" ? field.message : undefined;
  return message === undefined ? undefined : nestedOf(message);
}
