/** The name of Anthropic's format, as callers' calls and events have it. */
export const messagesFormat = "anthropic";
