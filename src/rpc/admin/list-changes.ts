import type { AdminMethod } from "./admin-method.ts";
import { toTimestamp } from "./messages/time-fields.ts";

/** The latest changes, newest first: as many as asked for, or all. */
export const listChangesMethod: AdminMethod<"listChanges"> =
  ({ operator }) =>
  ({ limit }) => {
    const all = operator.changes();
    const wanted = limit === 0 ? all : all.slice(0, limit);
    return {
      changes: wanted.map(({ at, who, what, before, after, etag }) => ({ time: toTimestamp(at), who, what, before, after, etag })),
    };
  };
