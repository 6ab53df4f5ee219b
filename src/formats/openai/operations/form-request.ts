import { isUtf8 } from "node:buffer";
import { RouterError } from "../../../core/errors.ts";
import type { ForeignRequest } from "../../../core/call.ts";
import type { JsonMember, JsonText } from "../../../lib/json/json-text.ts";
import { PiecedBytes } from "../../../lib/pieced-bytes.ts";
import { type FormPart, scanForm } from "./scan-form.ts";

/** The name by which `Call.foreign` says that the body is a form. Replies to it are OpenAI's. */
const formFormat = "form";

/** What goes out otherwise than it came. */
export interface FormEdit {
  /** Omit it for a form that has none. */
  readonly model?: string | undefined;
  /** Values of fields that the form does not have. */
  readonly defaults: ReadonlyMap<string, string>;
  /** Fields that are left out. */
  readonly removed: ReadonlySet<string>;
}

/** A form as its caller sent it (`multipart/form-data`), in the pieces that it came in: no part is decoded or copied. */
export class FormRequest implements ForeignRequest {
  readonly format = formFormat;
  readonly operation: string;
  readonly headers: Readonly<Record<string, string>>;
  /** Deployments that take no forms say so themselves. */
  readonly onlyNative = false;
  readonly #bytes: PiecedBytes;
  readonly #boundary: string;
  readonly #parts: readonly FormPart[];

  private constructor(operation: string, contentType: string, boundary: string, bytes: PiecedBytes, parts: readonly FormPart[]) {
    this.operation = operation;
    this.headers = { "content-type": contentType };
    this.#boundary = boundary;
    this.#bytes = bytes;
    this.#parts = parts;
  }

  /** @returns The form, or what is wrong with it, as the end of a sentence. */
  static read(operation: string, contentType: string, pieces: readonly Buffer[]): FormRequest | string {
    const boundary = boundaryOf(contentType);
    if (boundary === undefined) return "has no boundary in its content type, or none that is allowed";
    const bytes = new PiecedBytes(pieces);
    const parts = scanForm(bytes, boundary);
    return typeof parts === "string" ? parts : new FormRequest(operation, contentType, boundary, bytes, parts);
  }

  /** Of the whole form. */
  get length(): number {
    return this.#bytes.length;
  }

  /** The bytes, for who counts them. */
  get text(): JsonText {
    return new FormText(this.#bytes);
  }

  toOpenAi(): RouterError {
    return new RouterError("cannot_serve_this", `A form (${this.operation}) goes only to deployments that speak OpenAI's format.`);
  }

  /** The value of a field; undefined where there is none. @returns What is wrong, as an error, where it is given twice or is no plain text. */
  field(name: string, mostBytes: number): string | undefined | Error {
    const [part, second] = this.#parts.filter((one) => one.name === name);
    if (part === undefined) return undefined;
    if (second !== undefined) return new Error("is given twice");
    if (part.isFile || !plainEncodings.has(part.encoding)) return new Error("must be a plain text, not a file");
    if (part.contentEnd - part.contentStart > mostBytes) return new Error(`is longer than ${mostBytes} bytes`);
    const value = this.#bytes.slice(part.contentStart, part.contentEnd);
    return isUtf8(value) ? value.toString() : new Error("is not valid UTF-8");
  }

  /** The form with what is to be changed, in pieces. */
  write({ model, defaults, removed }: FormEdit): Buffer[] {
    const bytes = this.#bytes;
    const pieces: Buffer[] = [];
    const given = new Set(this.#parts.map(({ name }) => name));
    const begin = this.#parts[0]?.boundaryAt ?? 0;
    for (const [name, value] of [...(given.has("model") || model === undefined ? [] : [["model", model] as const]), ...defaults]) {
      if (!given.has(name)) pieces.push(fieldPart(this.#boundary, name, value));
    }
    let from = begin;
    for (const [index, part] of this.#parts.entries()) {
      if (part.name === "model" && model !== undefined) {
        pieces.push(...bytes.cut(from, part.contentStart), Buffer.from(model));
        from = part.contentEnd;
      } else if (removed.has(part.name)) {
        pieces.push(...bytes.cut(from, part.boundaryAt));
        from = this.#parts[index + 1]?.boundaryAt ?? part.contentEnd + 2;
      }
    }
    pieces.push(...bytes.cut(from, bytes.length));
    return pieces;
  }
}

const plainEncodings: ReadonlySet<string | undefined> = new Set([undefined, "", "7bit", "8bit", "binary"]);

function fieldPart(boundary: string, name: string, value: string): Buffer {
  return Buffer.from(`--${boundary}\r\nContent-Disposition: form-data; name="${name}"\r\n\r\n${value}\r\n`);
}

/** A form's bytes where those of JSON are usual. */
class FormText implements JsonText {
  readonly members: readonly JsonMember[] = [];
  readonly pieces: readonly Buffer[];

  constructor({ pieces }: PiecedBytes) {
    this.pieces = pieces;
  }

  get bytes(): Buffer {
    return Buffer.concat(this.pieces);
  }
}

const parameter = /;[ \t]*boundary=(?:"([^"\\]*)"|([^\s";]*))/gi;
/** At most 70 of these: https://www.rfc-editor.org/rfc/rfc2046#section-5.1.1. And the characters that clients use beside them. */
const allowed = /^[\w'()+,./:=?@$#*!%&^`|~ -]{0,69}[\w'()+,./:=?@$#*!%&^`|~-]$/;

/** The boundary that a content type names; undefined where it names none, several, or one that is not allowed. */
function boundaryOf(contentType: string): string | undefined {
  const [found, second] = [...contentType.matchAll(parameter)];
  const boundary = found?.[1] ?? found?.[2] ?? "";
  return second === undefined && allowed.test(boundary) ? boundary : undefined;
}
