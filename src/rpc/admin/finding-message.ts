import { create } from "@bufbuild/protobuf";
import { ConfigFindingSchema, type ConfigFinding } from "../../../gen/huntgroup/v1/admin_pb.ts";
import type { ConfigProblem } from "../../config/load/config-problem.ts";

export function toFinding({ file, line, column, key, message }: ConfigProblem): ConfigFinding {
  return create(ConfigFindingSchema, { file, line, column, key, message });
}
