import { homedir } from "node:os";
import { join } from "node:path";

/** Where `bench/setup.sh` installs what is measured beside Huntgroup and is none of its dependencies. */
export const scratchFolder =
  process.env["HUNTGROUP_BENCH_HOME"] ?? join(process.env["XDG_CACHE_HOME"] ?? join(homedir(), ".cache"), "huntgroup-bench");
