import type { DeploymentParams } from "../../core/provider.ts";

/** A setting that is a text. One that is empty counts as not set, and numbers as the digits that were written. */
export function textSetting(params: DeploymentParams, name: string): string | undefined {
  const value = params.setting(name);
  const text = typeof value === "number" ? String(value) : value;
  return typeof text === "string" && text.trim() !== "" ? text.trim() : undefined;
}
