import type { Scalar } from "yaml";

/** What a scalar stands for. @param text As written. */
export function scalarValue(node: Scalar, text: string): string | number | boolean | null {
  const { value } = node;
  if (typeof value === "number" || typeof value === "boolean" || value === null) return value;
  if (typeof value === "bigint") return Number(value);
  // YAML 1.1, and so PyYAML, reads an underscore between digits as nothing; YAML 1.2 reads a string.
  if (node.type === "PLAIN" && /^[-+]?\d[\d_]*_[\d_]*(\.[\d_]*)?$/.test(text)) return Number(text.replaceAll("_", ""));
  return typeof value === "string" ? value : text;
}
