import { create } from "@bufbuild/protobuf";
import { ConfigFindingSchema, type ConfigFinding } from "../../../../gen/huntgroup/v1/admin_pb.ts";
import type { ConfigProblem } from "../../../config/load/config-problem.ts";

/** A problem or a warning of the configuration, with its place in the files. */
export function toFinding({ file, line, column, key, message }: ConfigProblem): ConfigFinding {
  return create(ConfigFindingSchema, { file, line, column, key, message });
}
