import { createContextKey } from "@connectrpc/connect";
import type { Caller } from "../door/caller.ts";

/** Who calls, as the key gate found out. */
export const callerContext = createContextKey<Caller>({ kind: "anyone" });
