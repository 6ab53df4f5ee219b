/** The name of Anthropic's Messages, which calls, replies and events of this format hold. */
export const anthropicFormat = "anthropic";
