import assert from "node:assert/strict";
import { test } from "node:test";
import type { Deployment } from "../../../src/core/deployment.ts";
import type { Eligibility } from "../../../src/core/deployment-status.ts";
import { eligibility } from "../../../src/core/pick/eligibility.ts";
import { eligibilityDetail } from "../../../src/core/explain/eligibility-detail.ts";
import { Ledger } from "../../../src/core/state/ledger.ts";
import { RoutedDeployment } from "../../../src/core/table/routed-deployment.ts";
import { callTagFilter } from "../../../src/core/pick/tag-filter.ts";
import { anyDemand, deployment } from "../../support/core-fixture.ts";

interface Case {
  readonly is: Eligibility;
  readonly says: string;
  readonly deployment?: Partial<Deployment>;
  readonly demand?: Parameters<typeof anyDemand>[0];
  readonly tags?: readonly string[];
  /** What has happened before. Now is 100,000. */
  readonly before?: (ledger: Ledger, row: number) => void;
}

const now = 100_000;
const begun = (times: number) => (ledger: Ledger, row: number) => {
  for (let time = 0; time < times; time++) ledger.begin(row, now - 48_000, 100, 50);
};
const recover = (ledger: Ledger, row: number) => {
  ledger.startCooldown(row, now - 4_000);
  const probe = ledger.begin(row, now - 2_500, 0, 0);
  const outcome = { kind: "success", firstTokenMs: 1, totalMs: 1, stream: true, usage: undefined } as const;
  ledger.end(row, now - 2_500, probe, outcome, 0);
  for (let call = 0; call < 4; call++) ledger.begin(row, now, 0, 0);
};

const cases: readonly Case[] = [
  { is: "eligible", says: "" },
  { is: "eligible", says: "The next call shows whether it is well again.", before: (ledger, row) => ledger.startCooldown(row, now - 1) },
  {
    is: "max_parallel_requests",
    says: "8 calls under way; the limit is 8 now, by its own times.",
    deployment: { maxParallelRequests: "auto" },
    before: begun(8),
  },
  {
    is: "cooling_down",
    says: "Cooling down for 3.2 s more after failures.",
    before: (ledger, row) => ledger.startCooldown(row, now + 3_200),
  },
  {
    is: "cooling_down",
    says: "Cooling down for 61 s more after failures.",
    before: (ledger, row) => ledger.startCooldown(row, now + 60_001),
  },
  {
    is: "cooling_down",
    says: "A call is under way that shows whether it is well again.",
    before: (ledger, row) => {
      ledger.startCooldown(row, now - 10);
      ledger.begin(row, now - 5, 0, 0);
    },
  },
  { is: "warming_up", says: "Back from a cooldown: takes 4 calls at a time for now.", before: recover },
  { is: "blocked", says: "Blocked by its configuration.", deployment: { blocked: true } },
  { is: "blocked", says: "Blocked by an operator.", before: (ledger, row) => ledger.setState(row, "blocked") },
  {
    is: "draining",
    says: "Gets no new calls; 1 call under way.",
    before: (ledger, row) => {
      ledger.begin(row, now, 0, 0);
      ledger.setState(row, "draining");
    },
  },
  { is: "rpm_limit", says: "6 of 6 requests used within a minute; room in 13 s.", deployment: { rpm: 6 }, before: begun(6) },
  {
    is: "rpm_limit",
    says: "Its provider takes no more requests; room in 2.5 s.",
    before: (ledger, row) => ledger.noteQuota(row, now, { requests: { left: 0, resetMs: 2_500 }, tokens: undefined }),
  },
  {
    is: "tpm_limit",
    says: "Its provider takes no more tokens; room in 90 s.",
    before: (ledger, row) => ledger.noteQuota(row, now, { requests: undefined, tokens: { left: 0, resetMs: 90_000 } }),
  },
  {
    is: "tpm_limit",
    says: "900 of 1,000 tokens used within a minute, the call takes about 214; room in 13 s.",
    deployment: { tpm: 1_000 },
    before: begun(6),
  },
  {
    is: "itpm_limit",
    says: "600 of 601 prompt tokens used within a minute, the call takes about 3; room in 13 s.",
    deployment: { itpm: 601 },
    before: begun(6),
  },
  {
    is: "otpm_limit",
    says: "300 of 310 output tokens used within a minute, the call takes about 20; room in 13 s.",
    deployment: { otpm: 310 },
    demand: { maxOutputTokens: 20 },
    before: begun(6),
  },
  {
    is: "max_parallel_requests",
    says: "2 of 2 calls under way.",
    deployment: { maxParallelRequests: 2 },
    before: begun(2),
  },
  {
    is: "context_window",
    says: "Takes 8,192 tokens; the prompt has about 12,000.",
    deployment: { maxInputTokens: 8_192 },
    demand: { preCallChecks: true, requestBytes: 48_000 },
  },
  {
    is: "region",
    says: "Its region is not known; the call must stay in eu.",
    demand: { preCallChecks: true, allowedRegion: "eu" },
  },
  {
    is: "response_format",
    says: "Takes no JSON schema for its answers.",
    deployment: { supportsResponseSchema: false },
    demand: { preCallChecks: true, wantsResponseSchema: true },
  },
  { is: "tags", says: "Has no tags; the call asks for a, b.", tags: ["a", "b"] },
  { is: "tags", says: "Tagged c, d; the call asks for a.", deployment: { tags: ["c", "d"] }, tags: ["a"] },
  { is: "already_tried", says: "", demand: { tried: [0] } },
];

for (const given of cases) {
  test(`${given.is} is told to people as "${given.says}"`, () => {
    const ledger = new Ledger();
    const entry = new RoutedDeployment(deployment("a", given.deployment), 1, false, ledger);
    given.before?.(ledger, entry.row);
    const tags = given.tags ?? [];
    const demand = anyDemand({ now, tagFilter: given.tags && callTagFilter(tags, [], [entry], true), ...given.demand });
    assert.equal(eligibility(entry, demand, ledger), given.is);
    assert.equal(eligibilityDetail(entry, given.is, demand, ledger, tags), given.says);
  });
}
