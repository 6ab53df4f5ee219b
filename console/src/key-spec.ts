import { create } from "@bufbuild/protobuf";
import { timestampFromMs } from "@bufbuild/protobuf/wkt";
import { KeySpecSchema, type Key, type KeySpec } from "../../gen/huntgroup/v1/admin_pb.ts";

const dayMs = 86_400_000;

/** Makes a key of what was written in the form. What is empty is not limited. @param now Milliseconds since the Unix epoch. */
export function toKeySpec(form: Pick<FormData, "get">, now: number): KeySpec {
  const text = (name: string): string => {
    const value = form.get(name);
    return typeof value === "string" ? value.trim() : "";
  };
  const number = (name: string): number | undefined => (text(name) === "" ? undefined : Number(text(name)));
  const list = (name: string): string[] =>
    text(name)
      .split(/[\s,]+/)
      .filter((one) => one !== "");
  const [rpm, tpm, parallel, budget, days] = ["rpm", "tpm", "parallel", "budget", "days"].map(number);
  return create(KeySpecSchema, {
    name: text("name"),
    models: list("models"),
    tags: list("tags"),
    ...(rpm !== undefined && { rpm }),
    ...(tpm !== undefined && { tpm }),
    ...(parallel !== undefined && { maxParallelRequests: parallel }),
    ...(budget !== undefined && { maxBudget: budget }),
    ...(budget !== undefined && text("per") !== "" && { budgetDuration: text("per") }),
    ...(days !== undefined && { expires: timestampFromMs(now + days * dayMs) }),
  });
}

/** Names what a key is now. */
export function keyWord({ revoked, expired }: Key): { readonly word: string; readonly tone: "good" | "off" } {
  if (revoked) return { word: "revoked", tone: "off" };
  return expired ? { word: "expired", tone: "off" } : { word: "valid", tone: "good" };
}

/** Writes US dollars: `$0`, `$0.0042`, `$12.50`. */
export function dollars(usd: number): string {
  if (usd === 0) return "$0";
  return Math.abs(usd) < 1 ? `$${Number(usd.toPrecision(2))}` : `$${usd.toFixed(2)}`;
}
