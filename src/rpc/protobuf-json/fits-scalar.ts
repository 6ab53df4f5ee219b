import { ScalarType, type JsonValue } from "@bufbuild/protobuf";

/** Whether a field of this scalar type can hold a value of OpenAI's JSON without changing it. */
export function fitsScalar(type: ScalarType, value: JsonValue): boolean {
  switch (type) {
    case ScalarType.STRING:
      return typeof value === "string" && value.isWellFormed();
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
