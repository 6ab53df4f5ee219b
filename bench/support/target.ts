import { launch } from "./launch.ts";

/** A server of this project's own bench, which prints its address. */
export interface Target {
  readonly origin: string;
  readonly stop: () => Promise<void>;
}

export async function startTarget(name: string, args: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<Target> {
  const { port, stop } = await launch({ name, command: process.execPath, args, env });
  return { origin: `http://127.0.0.1:${port}`, stop };
}
