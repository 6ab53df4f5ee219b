/** What is known of an operation that is routed, whoever it is asked of. */
interface EndpointTraits {
  /** LiteLLM's modes (`model_info.mode`) of the models that it is asked of; undefined where any may be. */
  readonly modes: readonly string[] | undefined;
  /** Whether the body is a prompt, and an answer is told in tokens: only then are tokens reserved for it. */
  readonly hasTokens: boolean;
  /** Its name in the semantic conventions for generative AI (`gen_ai.operation.name`). */
  readonly operation: string;
}

/**
 * The operations of OpenAI's API that are routed, in the names that metrics and logs have for them. `kept` stands for all that is done with
 * what a deployment keeps (responses, files, batches) and that asks no model.
 */
export const endpoints = {
  chat: { modes: ["chat", "completion", "responses"], hasTokens: true, operation: "chat" },
  completions: { modes: ["chat", "completion"], hasTokens: true, operation: "text_completion" },
  embeddings: { modes: ["embedding"], hasTokens: true, operation: "embeddings" },
  image_generation: { modes: ["image_generation"], hasTokens: false, operation: "image_generation" },
  image_edit: { modes: ["image_edit", "image_generation"], hasTokens: false, operation: "image_edit" },
  image_variation: { modes: ["image_variation", "image_edit", "image_generation"], hasTokens: false, operation: "image_variation" },
  speech: { modes: ["audio_speech"], hasTokens: false, operation: "speech" },
  transcription: { modes: ["audio_transcription"], hasTokens: false, operation: "transcription" },
  translation: { modes: ["audio_transcription"], hasTokens: false, operation: "translation" },
  moderation: { modes: ["moderation", "moderations"], hasTokens: false, operation: "moderation" },
  rerank: { modes: ["rerank"], hasTokens: false, operation: "rerank" },
  decisions: { modes: ["decisions", "chat"], hasTokens: false, operation: "decisions" },
  realtime: { modes: ["realtime"], hasTokens: false, operation: "realtime" },
  kept: { modes: undefined, hasTokens: false, operation: "kept" },
} as const satisfies Readonly<Record<string, EndpointTraits>>;

export type Endpoint = keyof typeof endpoints;

/** All of them, in the table's order. */
export const endpointNames = Object.keys(endpoints) as readonly Endpoint[];

/** Modes that LiteLLM knows and that none of the endpoints is for. */
const otherModes: ReadonlySet<string> = new Set(["video_generation", "ocr", "search"]);

const byEndpoint: Readonly<Record<Endpoint, readonly string[] | undefined>> = Object.fromEntries(
  Object.entries<EndpointTraits>(endpoints).map(([name, { modes }]) => [name, modes]),
) as Record<Endpoint, readonly string[] | undefined>;

const knownModes: ReadonlySet<string> = new Set([...Object.values(byEndpoint).flatMap((modes) => modes ?? []), ...otherModes]);

/** Whether a model of this mode is asked for what the endpoint is for. A mode that is not known says nothing, like none. */
export function servesEndpoint(mode: string | undefined, endpoint: Endpoint): boolean {
  if (mode === undefined || !knownModes.has(mode)) return true;
  return byEndpoint[endpoint]?.includes(mode) ?? true;
}

/** The endpoint that a model of this mode is for first of all; undefined where the mode says none. */
export function endpointOfMode(mode: string | undefined): Endpoint | undefined {
  if (mode === "completion") return "completions";
  return mode === undefined ? undefined : endpointNames.find((name) => byEndpoint[name]?.[0] === mode);
}
