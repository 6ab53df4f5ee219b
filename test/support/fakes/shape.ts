import type { JsonMembers, JsonValue } from "../../../src/core/provider.ts";

/** Says what is wrong with a value at a path, as strict APIs do; undefined where nothing is. */
export type Shape = (value: JsonValue, path: string) => string | undefined;

interface Field {
  readonly shape: Shape;
  readonly isRequired: boolean;
}
interface RequiredField extends Field {
  readonly isRequired: true;
}
interface OptionalField extends Field {
  readonly isRequired: false;
}

/** One field for each of a type's members, and none besides: an official package's type says what an API takes. */
export type Fields<Type> = { readonly [Key in keyof Type]-?: object extends Pick<Type, Key> ? OptionalField : RequiredField };

export function must(shape: Shape): RequiredField {
  return { shape, isRequired: true };
}

export function may(shape: Shape): OptionalField {
  return { shape, isRequired: false };
}

/** An object that has these fields and no others. */
export function fieldsOf<Type>(fields: Fields<Type>): Shape {
  const known = new Map<string, Field>(Object.entries(fields));
  return (value, path) => {
    if (!isObject(value)) return `${path}: Input should be an object`;
    for (const [name, inner] of Object.entries(value)) {
      const field = known.get(name);
      const at = path === "" ? name : `${path}.${name}`;
      if (field === undefined) return `${at}: Extra inputs are not permitted`;
      const fault = field.shape(inner, at);
      if (fault !== undefined) return fault;
    }
    for (const [name, { isRequired }] of known) {
      if (isRequired && value[name] === undefined) return `${path === "" ? name : `${path}.${name}`}: Field required`;
    }
    return undefined;
  };
}

/** An object whose member `type` says which shape it has. */
export function typed(shapes: Readonly<Record<string, Shape>>): Shape {
  return (value, path) => {
    const type = isObject(value) ? value["type"] : undefined;
    const shape = typeof type === "string" ? shapes[type] : undefined;
    return shape === undefined ? `${path}: Input tag ${JSON.stringify(type)} does not match any of the expected tags` : shape(value, path);
  };
}

/** An object of which exactly one of these members is there. */
export function oneMember<Type>(shapes: Readonly<Record<keyof Type & string, Shape>>): Shape {
  const known = new Map<string, Shape>(Object.entries(shapes));
  return (value, path) => {
    if (!isObject(value)) return `${path}: Input should be an object`;
    const [name = "", ...others] = Object.keys(value);
    const shape = known.get(name);
    if (shape === undefined || others.length > 0) return `${path}: exactly one of ${[...known.keys()].join(", ")} must be set`;
    return shape(value[name] ?? null, `${path}.${name}`);
  };
}

export function listOf(shape: Shape): Shape {
  return (value, path) => {
    if (!Array.isArray(value)) return `${path}: Input should be a valid list`;
    for (const [index, inner] of (value as readonly JsonValue[]).entries()) {
      const fault = shape(inner, `${path}.${index}`);
      if (fault !== undefined) return fault;
    }
    return undefined;
  };
}

export function either(...shapes: readonly Shape[]): Shape {
  return (value, path) => {
    const faults = shapes.map((shape) => shape(value, path));
    return faults.includes(undefined) ? undefined : faults.at(-1);
  };
}

export const text: Shape = (value, path) => (typeof value === "string" ? undefined : `${path}: Input should be a valid string`);
export const flag: Shape = (value, path) => (typeof value === "boolean" ? undefined : `${path}: Input should be a valid boolean`);
export const object: Shape = (value, path) => (isObject(value) ? undefined : `${path}: Input should be an object`);
export const anything: Shape = () => undefined;
export const never: Shape = (_value, path) => `${path}: Extra inputs are not permitted`;

export function number(lowest = Number.NEGATIVE_INFINITY, highest = Number.POSITIVE_INFINITY): Shape {
  return (value, path) => {
    if (typeof value !== "number") return `${path}: Input should be a valid number`;
    return value >= lowest && value <= highest ? undefined : `${path}: Input should be between ${lowest} and ${highest}`;
  };
}

export function integer(lowest = Number.NEGATIVE_INFINITY, highest = Number.POSITIVE_INFINITY): Shape {
  const inRange = number(lowest, highest);
  return (value, path) => inRange(value, path) ?? (Number.isInteger(value) ? undefined : `${path}: Input should be a valid integer`);
}

export function oneOf(...values: readonly string[]): Shape {
  return (value, path) =>
    (values as readonly JsonValue[]).includes(value)
      ? undefined
      : `${path}: Input should be ${values.map((one) => `'${one}'`).join(" or ")}`;
}

export function matching(pattern: RegExp): Shape {
  return (value, path) =>
    typeof value === "string" && pattern.test(value) ? undefined : `${path}: String should match pattern '${pattern.source}'`;
}

/** Bytes in base64, some at least. */
export const base64: Shape = matching(
  /^(?:[A-Za-z0-9+/]{4})+(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$|^[A-Za-z0-9+/]{2}==$|^[A-Za-z0-9+/]{3}=$/,
);

/** Any value as a message may have it. */
export function wordsOf(value: JsonValue | undefined): string {
  return typeof value === "string" ? value : (JSON.stringify(value) ?? "nothing");
}

export function isObject(value: JsonValue | undefined): value is JsonMembers {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
