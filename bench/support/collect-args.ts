import { projectFile } from "./project-file.ts";

/** Has a process of Node collect its garbage on SIGUSR2. */
export const collectArgs: readonly string[] = ["--expose-gc", "--import", projectFile("bench/support/collect-on-signal.ts")];
