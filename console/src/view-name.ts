/** The views of the console, in the order of its tabs. */
export const views = ["deployments", "calls", "usage", "strategies", "explain", "chat", "keys", "changes"] as const;

/** One of {@link views}. */
export type ViewName = (typeof views)[number];
