/**
 * The floors of `src`: one tree, from which the linter's rules (`scripts/lint-config.ts`) and the guards of `test/checks/house` are made.
 *
 * An import goes to its own folder or to a lower floor, never up and never sideways. Two folders are compared where their paths part: below the
 * deepest folder that holds both.
 */

/** One floor: a folder, or several that may not import each other. `.` stands for the parent's own files. */
export type Floor = string | readonly string[];

/** Each folder that has sub-folders, with its floors from the ground up. */
export type House = Readonly<Record<string, readonly Floor[]>>;

export const house: House = {
  src: [
    "lib",
    ["core", "replica"],
    "formats",
    ["strategies", "mock", "upstream", "inbound"],
    ["providers", "auth"],
    "config",
    "cluster",
    ["control", "simulation"],
    ["rpc", "rest", "console", "telemetry"],
    "server",
    "threads",
    "cli",
    "app",
    ".",
  ],
  "src/lib": [".", ["averages", "json", "search", "shared"]],
  "src/core": [".", "session", "state", "flow", "shadow", "table", "pick", "keys", "queue", "call", "explain", "router"],
  "src/formats": ["kit", ["openai", "anthropic", "bedrock", "gemini", "responses"], "."],
  "src/formats/kit": [".", ["upstream-errors", "continuation", "event-stream", "native", "request", "calls"], "chat", "claude"],
  "src/formats/openai": ["usage", "reply", ["operations", "realtime"], ["stream", "request", "kept"], "."],
  "src/formats/responses": ["kit", ["native", "chat", "caller"], "."],
  "src/formats/anthropic": ["usage", "request", "reply", "stream", ["caller", "native"], "."],
  "src/formats/anthropic/native": ["reply", "stream", "."],
  "src/formats/bedrock": [["models", "usage"], "request", ["reply", "embeddings"], "stream", "."],
  "src/formats/gemini": ["usage", "request", "reply", ["stream", "embeddings"], "."],
  "src/providers": [["credentials", "by-model"], ["openai", "azure", "anthropic", "bedrock", "gemini", "vertex_ai"], "."],
  "src/simulation": ["world", "traffic", ["scenario", "calibration"], ".", "report"],
  "src/rest": [".", ["realtime", "pass-through"]],
  "src/config": ["tree", "values", "settings", "secrets", "yaml", "overlay", "environment", "models", "deployments", "read", "load"],
  "src/cluster": ["store", ["leases", "redis"], "."],
  "src/control": [".", "state", "views", "changes", "plane"],
  "src/rpc": ["kit", "protobuf-json", ["standard", "chat"], ["admin", "grpc-fast-path"], "."],
  "src/rpc/admin": [["messages", "watch"], "."],
  "src/strategies": ["adaptive", "."],
  "src/telemetry": [".", "log", ["metrics", "traces"], "history"],
  "src/cli": ["render", "kit", ["local", "operate"], "."],
};

/** The floors that lie directly in `folder`; none where it has no sub-folders. */
function floorsOf(tree: House, folder: string): readonly (readonly string[])[] {
  return (tree[folder] ?? []).map((floor) => (typeof floor === "string" ? [floor] : floor));
}

/** Every folder of the tree by its path, `src` first. */
export function foldersOf(tree: House, folder = "src"): readonly string[] {
  const rooms = floorsOf(tree, folder).flat();
  const own = rooms.length === 0 || rooms.includes(".") ? [folder] : [];
  return [...own, ...rooms.filter((room) => room !== ".").flatMap((room) => foldersOf(tree, `${folder}/${room}`))];
}

/** What an import from one folder to another is: allowed, or not, or of a folder that is not in the tree. */
export type Verdict = "allowed" | "up" | "sideways" | "unknown";

/** Judges an import from a file of the folder `from` to a file of the folder `to`. */
export function verdict(tree: House, from: string, to: string): Verdict {
  if (from === to) return "allowed";
  const ours = from.split("/");
  const theirs = to.split("/");
  let shared = 0;
  while (shared < ours.length && ours[shared] === theirs[shared]) shared++;
  const floors = floorsOf(tree, ours.slice(0, shared).join("/"));
  const ourFloor = floors.findIndex((rooms) => rooms.includes(ours[shared] ?? "."));
  const theirFloor = floors.findIndex((rooms) => rooms.includes(theirs[shared] ?? "."));
  if (ourFloor === -1 || theirFloor === -1) return "unknown";
  if (theirFloor === ourFloor) return "sideways";
  return theirFloor < ourFloor ? "allowed" : "up";
}

/** What the files of one folder may not import by a relative path, and the words that name what they may. */
export interface Fence {
  readonly regex: string;
  readonly message: string;
}

/** The fence around a folder's own files; undefined where they may import everything. */
export function fenceOf(tree: House, folder: string): Fence | undefined {
  const steps = folder.split("/");
  const forbidden: string[] = [];
  const allowed: string[] = [folder];
  for (let depth = steps.length; depth > 0; depth--) {
    const parent = steps.slice(0, depth).join("/");
    const floors = floorsOf(tree, parent);
    const own = steps[depth] ?? ".";
    const ownFloor = floors.findIndex((rooms) => rooms.includes(own));
    const way = depth === steps.length ? "\\./" : "\\.\\./".repeat(steps.length - depth);
    for (const [floor, rooms] of floors.entries()) {
      for (const room of rooms) {
        if (room === own) continue;
        if (floor < ownFloor) allowed.push(room === "." ? `${parent} (its own files)` : `${parent}/${room}`);
        else forbidden.push(room === "." ? `${way}[^/]+$` : `${way}${room}/`);
      }
    }
  }
  if (forbidden.length === 0) return undefined;
  return { regex: `^(${forbidden.join("|")})`, message: `${folder} may import ${allowed.join(", ")}.` };
}
