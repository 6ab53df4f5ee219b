import type { RouterError } from "./errors.ts";

/** What is priced by the piece, beside or in place of tokens. Omit each where there is none, or none was told. */
export interface UnitCounts {
  /** Images that were made. */
  readonly images?: number | undefined;
  /** Seconds of audio that was read. */
  readonly seconds?: number | undefined;
  /** Characters of text that was spoken. */
  readonly characters?: number | undefined;
  /** Searches among documents. */
  readonly queries?: number | undefined;
}

/** Of input and output, the tokens of images and of audio, which may have prices of their own. Omit each where there are none. */
export interface MediaTokens {
  readonly inputImage?: number | undefined;
  readonly outputImage?: number | undefined;
  readonly inputAudio?: number | undefined;
  readonly outputAudio?: number | undefined;
}

/** Tokens in and out. */
export type TokenCounts = Pick<Usage, "promptTokens" | "outputTokens">;

/** What a request used: tokens, and what is counted by the piece. */
export interface Usage extends UnitCounts {
  /** All input, with what a cache read or wrote. */
  readonly promptTokens: number;
  /** All output, with reasoning. */
  readonly outputTokens: number;
  /** Of the input, what a cache read and what it wrote. Omit each where there was none. */
  readonly cachedTokens?: number | undefined;
  readonly cacheWriteTokens?: number | undefined;
  /** Of what a cache wrote, what it keeps for an hour. Omit it where there was none, or none was told. */
  readonly longCacheWriteTokens?: number | undefined;
  /** Of the input, what the provider's limits do not count. Omit it where they count all. */
  readonly unlimitedTokens?: number | undefined;
  /** Of the output, what was reasoning. Omit it where there was none, or none was told. */
  readonly reasoningTokens?: number | undefined;
  /** Searches in the web that the provider made, which it charges beside the tokens. Omit it where there was none, or none was told. */
  readonly webSearches?: number | undefined;
  /** What of the tokens is of images and audio. Omit it where all are of text, or none was told. */
  readonly media?: MediaTokens | undefined;
  /** True where the provider did not say, so that it was estimated from what came. Omit it for what a provider reported. */
  readonly estimated?: boolean | undefined;
}

/** What came of an answer's text, of all choices together: what its tokens are estimated from where no one tells them. */
export interface TextCount {
  /** Pieces (chunks, or choices in one chunk) that held something a reader of the answer would see. */
  pieces: number;
  /** Bytes in UTF-8: content, reasoning, names and arguments of tools. */
  bytes: number;
}

/** How one attempt on one deployment ended; each attempt has exactly one. */
export type Outcome =
  | {
      readonly kind: "success";
      /** Until the first content chunk of a stream, or the whole reply of a unary call. */
      readonly firstTokenMs: number;
      readonly totalMs: number;
      readonly stream: boolean;
      /** As the provider reported it, or estimated; undefined when there is nothing to tell it by. */
      readonly usage: Usage | undefined;
      /** Bytes of the text that was streamed. Omit it where they were not counted. */
      readonly textBytes?: number | undefined;
    }
  | {
      readonly kind: "failure";
      readonly error: RouterError;
      readonly totalMs: number;
      /** Whether content had come: then its tokens are spent. */
      readonly begun: boolean;
      /** Whether it says nothing of the deployment, whatever its code does: a model that only the caller named. Omit it for false. */
      readonly isBlameless?: boolean | undefined;
      /** What was spent all the same. Omit it where that is nothing, or not known. */
      readonly usage?: Usage | undefined;
    }
  /** The caller hung up: never held against a deployment. */
  | {
      readonly kind: "cancelled";
      readonly totalMs: number;
      /** Whether content had come. Omit it for no. */
      readonly begun?: boolean | undefined;
      /** What was spent until then, estimated. Omit it where nothing was: the request had not gone out. */
      readonly usage?: Usage | undefined;
    };
