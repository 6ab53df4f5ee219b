import { createContextKey } from "@connectrpc/connect";
import type { Caller } from "../../auth/caller.ts";

/** Who makes a call; set by the key gate, so known to every guarded method. */
export const callerContext = createContextKey<Caller>({ kind: "anyone" }, { description: "who makes the call" });

/** Where the connection comes from; set by the handler, which sees it. */
export const addressContext = createContextKey<string | undefined>(undefined, { description: "the address of the connection" });
