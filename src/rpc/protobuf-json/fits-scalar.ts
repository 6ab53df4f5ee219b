import { ScalarType, type JsonValue } from "@bufbuild/protobuf";

/**
 * Whether a field of this scalar type can hold a value of OpenAI's JSON without changing it. A text that was cut within a pair of surrogates
 * passes: the half becomes U+FFFD, which callers bear better than a text that is not where they look for it.
 */
export function fitsScalar(type: ScalarType, value: JsonValue): boolean {
  switch (type) {
    case ScalarType.STRING:
      return typeof value === "string";
    case ScalarType.BOOL:
      return typeof value === "boolean";
    case ScalarType.DOUBLE:
      return Number.isFinite(value);
    case ScalarType.INT32:
      return Number.isInteger(value) && value === (Number(value) | 0);
    case ScalarType.UINT32:
      return Number.isInteger(value) && value === Number(value) >>> 0;
    default:
      // The chat schema has no other type.
      return false;
  }
}
