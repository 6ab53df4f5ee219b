import type { FaultyHost } from "../../support/faulty-host.ts";
import type { Cell } from "./cells.ts";

/** Names of a cell's deployments and, but for the address, of its paths at the host. */
export const firstOf = (cell: Cell): string => `${cell.id}-first`;
export const spareOf = (cell: Cell): string => `${cell.id}-spare`;
/** The group of a cell that answers: its own, or its fallback. */
export const fallbackGroupOf = (cell: Cell): string => `${cell.id}-fallback`;

/** Nobody listens on TCP's port 1. */
const nobody = "http://127.0.0.1:1/v1";

/**
 * Short, so that hanging is over soon; long beside the few milliseconds of an answer, so that a busy process changes no outcome. Each
 * kind of call is bounded by its own timers alone, so that a missing one shows. Seconds.
 */
const timeouts = { unary: { timeout: 1.5 }, stream: { timeout: 60, stream_timeout: 0.8 }, heavy: { timeout: 60 } };
const streamIdleTimeout = 0.8;

/** One configuration for all cells, a group for each. JSON, which is YAML too. */
export function matrixConfig(cells: readonly Cell[], host: FaultyHost): string {
  const deployments = cells.flatMap((cell) => {
    const address = cell.behaviour === undefined ? nobody : host.apiBase(firstOf(cell));
    // So much more weight that the first attempt goes to the faulty one.
    const first = deployment(cell, cell.id, firstOf(cell), address, 1_000_000_000);
    if (cell.surroundings === "nothing left") return [first];
    const group = cell.surroundings === "fallback group" ? fallbackGroupOf(cell) : cell.id;
    return [first, deployment(cell, group, spareOf(cell), host.apiBase(spareOf(cell)), 1)];
  });
  const fallbacks = cells.filter((cell) => cell.surroundings === "fallback group").map((cell) => ({ [cell.id]: [fallbackGroupOf(cell)] }));
  const settings = { num_retries: 1, retry_after: 0, cooldown_time: 60, stream_idle_timeout: streamIdleTimeout, fallbacks };
  return JSON.stringify({ model_list: deployments, router_settings: settings });
}

function deployment(cell: Cell, group: string, id: string, apiBase: string, weight: number): object {
  const limits = timeouts[cell.fault.heavy === true ? "heavy" : cell.mode];
  const own = id === firstOf(cell) ? cell.fault.voice?.params(apiBase) : undefined;
  const host = own ?? { model: "openai/host-model", api_base: apiBase, api_key: "sk-for-the-host" };
  const params = { ...host, weight, ...limits };
  return { model_name: group, litellm_params: params, model_info: { id } };
}
