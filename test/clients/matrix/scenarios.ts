/** What every client tries. Its program has a function for each, and says how it went. */
export const scenarios = ["chat", "stream", "tools", "structured", "errors", "cancel"] as const;

export type ScenarioName = (typeof scenarios)[number];

/** What the clients say and hear; the programs have the same words. */
export const said = {
  answer: "Line three is free, go ahead.",
  /** In a prompt: the deployment refuses it, in its own words. */
  refused: "Refuse this.",
  /** In a prompt: an answer that begins and never ends. */
  endless: "Talk without end.",
  /** In a prompt: the answer is the object, as text or as the arguments of a tool. */
  structured: "The weather in Bern as an object.",
  object: { city: "Bern", celsius: 4 },
  /** What the tool says of Bern and of Oslo. */
  results: ["4 degrees", "9 degrees"],
  final: "It is 4 degrees in Bern and 9 in Oslo.",
} as const;
