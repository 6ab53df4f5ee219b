import { actedOn, type SettingsTable } from "./setting-spec.ts";

/** An entry of `keys`, the callers' keys. */
export const keyEntryTable = {
  name: actedOn("text", "The key's name in logs, metrics and messages. Unique."),
  sha256: actedOn(
    "text",
    'The SHA-256 of the secret in 64 hexadecimal digits: `printf %s "$SECRET" | sha256sum`. The secret itself stands nowhere. Left out by a key that only stands for tokens (`general_settings.jwt`).',
  ),
  models: actedOn("names", "The names that it may call; `*` in a name matches anything. Without it: all."),
  endpoints: actedOn(
    "names",
    "What it may call: `chat` (Messages and Responses too), `completions`, `embeddings`, `image_generation`, `image_edit`, `image_variation`, `speech`, `transcription`, `translation`, `moderation`, `rerank`, `decisions`, `realtime`, `files`, `batches`, `pass_through`; `images` and `audio` stand for three each, `calls` for all that is answered in one call. Without it: `calls`, so that the last four are let in by name alone.",
  ),
  rpm: actedOn("integer", "Requests per minute: a hard limit over any 60 s.", { min: 1 }),
  tpm: actedOn("integer", "Tokens per minute: a hard limit over any 60 s.", { min: 1 }),
  max_parallel_requests: actedOn("integer", "Calls under way at once, at most.", { min: 1 }),
  max_budget: actedOn("number", "US dollars that its calls may cost in each period.", { min: 0 }),
  budget_duration: actedOn("text", "The period: `30s`, `10m`, `24h`, `7d` or `1mo` (30 days). Without it the budget is never renewed."),
  tags: actedOn("tags", "Added to the tags of its calls."),
  priority: actedOn("integer", "Of its calls that name none. Smaller numbers go first when calls have to wait."),
  expires: actedOn("text", "Until when it is valid, as ISO 8601 has it: `2027-01-31`, `2027-01-31T18:00:00Z`."),
  metadata: actedOn("map", "For people and tools."),
} as const satisfies SettingsTable;
