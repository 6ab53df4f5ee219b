import type { JsonMembers } from "../../../src/core/provider.ts";

/** What a fake model says, whichever API it is asked by. */
export interface ScriptedAnswer {
  readonly kind: "answer";
  readonly parts: readonly AnswerPart[];
  readonly usage: ScriptedUsage;
  /** Default: `tools` where it calls any, `end` otherwise. */
  readonly stop?: StopKind;
  /** What befalls its stream behind the parts, in place of an end: an error in the API's own words, or a connection that is cut. */
  readonly fault?: "overloaded" | "limited" | "cut";
}

export type AnswerPart =
  /** `signature` is what the fake will know it by when it comes back: nobody else's thinking is taken. */
  | { readonly kind: "thinking"; readonly text: string; readonly signature: string }
  /** Thinking that may not be seen, of Claude alone. */
  | { readonly kind: "redacted"; readonly data: string }
  /** `signature` is of Gemini's texts alone. */
  | { readonly kind: "text"; readonly text: string; readonly signature?: string }
  /** `signature` is of Gemini's calls alone. */
  | { readonly kind: "call"; readonly id: string; readonly name: string; readonly args: JsonMembers; readonly signature?: string };

export type StopKind = "end" | "length" | "tools" | "refusal";

/** Tokens. Those of the prompt are three heaps that have none in common. */
export interface ScriptedUsage {
  readonly fresh: number;
  readonly cacheRead: number;
  readonly cacheWritten: number;
  /** Thinking included. */
  readonly output: number;
  readonly thinking: number;
}

export function stopOf({ stop, parts }: ScriptedAnswer): StopKind {
  return stop ?? (parts.some(({ kind }) => kind === "call") ? "tools" : "end");
}

/** A text in pieces as streams have them: some characters each, never an empty one. */
export function piecesOf(whole: string, size = 7): readonly string[] {
  const characters = Array.from(whole);
  const pieces: string[] = [];
  for (let at = 0; at < characters.length; at += size) pieces.push(characters.slice(at, at + size).join(""));
  return pieces;
}
