import type { Workers } from "./workers.ts";

/** What a report is made with. */
export interface ReportOptions {
  readonly seeds: number;
  readonly worlds: number;
  /** Undefined for all. */
  readonly strategies: readonly string[] | undefined;
  readonly workers: Workers;
}

/** What a family came to. */
export interface FamilyReport {
  /** Markdown. */
  readonly text: string;
  /** Whether all that is promised of it holds. */
  readonly isMet: boolean;
}

/** Scenarios that are reported together. */
export interface Family {
  readonly name: string;
  readonly title: string;
  report(options: ReportOptions): Promise<FamilyReport>;
}
