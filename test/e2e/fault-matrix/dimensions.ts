export const modes = ["unary", "stream"] as const;
export type Mode = (typeof modes)[number];

export const doors = ["REST", "gRPC"] as const;
/** `Messages` is REST in Anthropic's words, and `Responses` in OpenAI's newer ones. */
export type Door = (typeof doors)[number] | "Messages" | "Responses";

/** What the faulty deployment has beside it: a healthy one in its group, a healthy one in a fallback group, or nothing. */
export const surroundings = ["sibling healthy", "fallback group", "nothing left"] as const;
export type Surroundings = (typeof surroundings)[number];
