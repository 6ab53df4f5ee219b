import { testThreads } from "./test-threads.ts";

/**
 * The environment for a program under test: it finds other programs and what was compiled before, and nothing in it configures what is
 * tested.
 */
export const bareEnvironment: Readonly<NodeJS.ProcessEnv> = {
  PATH: process.env["PATH"],
  NODE_COMPILE_CACHE: process.env["NODE_COMPILE_CACHE"],
  HUNTGROUP_THREADS: String(testThreads),
};
