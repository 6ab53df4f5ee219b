/**
 * The tags of `google.protobuf.Value`'s fields, of the one field of `Struct` and `ListValue`, and of the two of a map's entry:
 * https://protobuf.dev/reference/protobuf/google.protobuf/#value
 */
export const nullTag = 0x08;
export const numberTag = 0x11;
export const stringTag = 0x1a;
export const boolTag = 0x20;
export const structTag = 0x2a;
export const listTag = 0x32;
export const entryTag = 0x0a;
export const keyTag = 0x0a;
export const valueTag = 0x12;
