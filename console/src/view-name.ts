/** What the console shows one of at a time, in the order of its tabs. */
export const views = ["deployments", "explain", "chat", "changes"] as const;

export type ViewName = (typeof views)[number];
