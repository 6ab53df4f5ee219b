/** How hosts of Gemini's API differ. */
export interface GeminiHost {
  /** Whether it fetches any address of media by itself (Vertex AI does). Otherwise only what is Google's own: uploaded files, buckets, YouTube. */
  readonly takesUrls: boolean;
  /** Whether requests have a `serviceTier`. */
  readonly takesServiceTier: boolean;
  /** What a model's embeddings are asked by: a batch of requests (AI Studio), instances of a prediction (Vertex AI), or one content (its newer models). */
  readonly embeddings: (model: string) => "batch" | "predict" | "content";
  /** Whether ids of calls end in the proof of the thinking behind them, so that plain clients send it back (`thought_signature_in_tool_call_id`). */
  readonly signsIds: boolean;
}
