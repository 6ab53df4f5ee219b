import type { Option } from "commander";
import { EnvOption } from "../kit/env-option.ts";

/** Makes the options that say what happens to deployments that have something wrong in them. Without either, the configuration decides. */
export function invalidOptions(): readonly Option[] {
  return [
    new EnvOption("--skip-invalid", "leave out deployments that have something wrong, new ones of a reload too", [
      "HUNTGROUP_SKIP_INVALID",
    ]),
    new EnvOption("--strict", "refuse a configuration in which a deployment has something wrong", ["HUNTGROUP_STRICT"]).conflicts(
      "skipInvalid",
    ),
  ];
}

/** @returns Whether such deployments are left out. Undefined to let the configuration decide. */
export function skipsInvalid({ skipInvalid, strict }: { readonly skipInvalid?: boolean; readonly strict?: boolean }): boolean | undefined {
  if (skipInvalid === true) return true;
  return strict === true ? false : undefined;
}
