export const modes = ["unary", "stream"] as const;
export type Mode = (typeof modes)[number];

export const doors = ["REST", "gRPC"] as const;
export type Door = (typeof doors)[number];

/** What the faulty deployment has beside it: a healthy one in its group, a healthy one in a fallback group, or nothing. */
export const surroundings = ["sibling healthy", "fallback group", "nothing left"] as const;
export type Surroundings = (typeof surroundings)[number];
