import { durationFromMs, timestampFromMs } from "@bufbuild/protobuf/wkt";
import {
  CreateKeyResponseSchema,
  ListKeysResponseSchema,
  RevokeKeyResponseSchema,
  RotateKeyResponseSchema,
  type Key,
} from "../../../gen/huntgroup/v1/admin_pb.ts";
import { ok } from "../../lib/result.ts";
import { parseDuration } from "../kit/parse-duration.ts";
import type { Session } from "../kit/session.ts";
import { table, type Column } from "../render/table.ts";
import type { Words } from "../kit/words.ts";
import { dollars, number, ofLimit, time } from "../render/format.ts";
import { operatorSpec } from "./operator-spec.ts";

const largestPriority = 2_147_483_647;
const largestParallel = 4_294_967_295;

const columns: readonly Column<Key>[] = [
  { title: "NAME", cell: ({ spec }) => spec?.name ?? "" },
  { title: "STATE", cell: stateCell },
  { title: "MODELS", cell: ({ spec }) => ((spec?.models.length ?? 0) === 0 ? "all" : (spec?.models.join(", ") ?? "")), mayBeCut: true },
  { title: "RPM", cell: ({ spec, usedRpm }) => ofLimit(usedRpm, spec?.rpm), alignRight: true, rank: 1 },
  { title: "TPM", cell: ({ spec, usedTpm }) => ofLimit(usedTpm, spec?.tpm), alignRight: true, rank: 1 },
  { title: "IN FLIGHT", cell: ({ spec, inFlight }) => ofLimit(inFlight, spec?.maxParallelRequests), alignRight: true, rank: 2 },
  { title: "SPENT", cell: spentText, alignRight: true },
  { title: "TAGS", cell: ({ spec }) => spec?.tags.join(", ") ?? "", mayBeCut: true, rank: 4 },
  { title: "PRIORITY", cell: ({ spec }) => number(spec?.priority), alignRight: true, rank: 3 },
  { title: "EXPIRES", cell: ({ spec }) => time(spec?.expires) },
  { title: "OLD SECRET UNTIL", cell: ({ previousSecretValidUntil }) => time(previousSecretValidUntil) },
  { title: "FROM", cell: ({ origin }) => origin, rank: 5 },
];

export const keysList = operatorSpec({
  name: "keys list",
  summary: "every key, what it may and what it has used",
  parse: () => async (session) => {
    const response = await session.client.listKeys({});
    session.answer(ListKeysResponseSchema, response, () =>
      response.keys.length === 0 ? "no keys\n" : table(columns, response.keys, session.page()),
    );
    return ok(undefined);
  },
});

export const keysCreate = operatorSpec({
  name: "keys create",
  usage: "NAME [options]",
  summary: "make a key; its secret is printed this once",
  options: [
    { name: "models", value: "A,B", help: "what it may call, names and patterns; all when left out" },
    { name: "rpm", value: "N", help: "requests per minute" },
    { name: "tpm", value: "N", help: "tokens per minute" },
    { name: "parallel", value: "N", help: "calls under way at a time" },
    { name: "budget", value: "USD", help: "US dollars, in each period" },
    { name: "per", value: "7d", help: "the budget's period (30s, 10m, 24h, 7d, 1mo); once and for all when left out" },
    { name: "expires", value: "WHEN", help: "2030-01-31T00:00:00Z, or how long from now: 90d" },
    { name: "tag", value: "TAG", help: "added to its calls; may be given several times" },
    { name: "priority", value: "N", help: "of its calls that name none; smaller goes first" },
    { name: "metadata", value: "JSON", help: "whatever is to be kept with it" },
  ],
  notes: "The secret alone goes to standard output, what is said of it to standard error: KEY=$(huntgroup keys create team-a).",
  changes: true,
  parse(words) {
    const name = words.argument("a name");
    const rpm = words.amount("rpm");
    const tpm = words.amount("tpm");
    const maxParallelRequests = words.wholeNumber("parallel", 1, largestParallel);
    const maxBudget = words.amount("budget");
    const budgetDuration = words.text("per");
    const priority = words.wholeNumber("priority", -largestPriority, largestPriority);
    const metadata = words.json("metadata");
    const expires = readExpiry(words);
    if (budgetDuration !== undefined && maxBudget === undefined) words.refuse("--per is the period of a --budget USD.");
    const limits = {
      ...(rpm !== undefined && { rpm }),
      ...(tpm !== undefined && { tpm }),
      ...(maxParallelRequests !== undefined && { maxParallelRequests }),
      ...(maxBudget !== undefined && { maxBudget }),
      ...(budgetDuration !== undefined && { budgetDuration }),
      ...(priority !== undefined && { priority }),
      ...(metadata !== undefined && { metadata }),
    };
    const spec = { name, models: [...words.list("models")], tags: [...words.list("tag")], ...limits };
    return async (session) => {
      const expiresAt = expires?.(session.io.clock.wallTime());
      const dated = expiresAt === undefined ? spec : { ...spec, expires: timestampFromMs(expiresAt) };
      const response = await session.client.createKey({ spec: dated, etag: session.etag });
      session.answer(CreateKeyResponseSchema, response, () => `${response.secret}\n`);
      tell(session, `the secret of "${name}" is shown this once; the server keeps a digest of it`);
      return ok(undefined);
    };
  },
});

export const keysRevoke = operatorSpec({
  name: "keys revoke",
  usage: "NAME",
  summary: "make a key invalid from the next request on",
  changes: true,
  parse(words) {
    const name = words.argument("a name");
    return async (session) => {
      const response = await session.client.revokeKey({ name, etag: session.etag });
      session.answer(RevokeKeyResponseSchema, response, () => `revoked ${name}\n`);
      return ok(undefined);
    };
  },
});

export const keysRotate = operatorSpec({
  name: "keys rotate",
  usage: "NAME [--overlap 1h]",
  summary: "give a key a new secret, printed this once",
  options: [{ name: "overlap", value: "1h", help: "how long the old secret stays valid; not at all when left out" }],
  changes: true,
  parse(words) {
    const name = words.argument("a name");
    const overlapMs = words.duration("overlap") ?? 0;
    return async (session) => {
      const response = await session.client.rotateKey({
        name,
        etag: session.etag,
        ...(overlapMs > 0 && { overlap: durationFromMs(overlapMs) }),
      });
      session.answer(RotateKeyResponseSchema, response, () => `${response.secret}\n`);
      const until = response.key?.previousSecretValidUntil;
      tell(
        session,
        `the new secret of "${name}" is shown this once; the old one is valid ${until === undefined ? "no more" : `until ${time(until)}`}`,
      );
      return ok(undefined);
    };
  },
});

/** For people: beside the secret, which alone goes to the output. */
function tell({ json, io }: Session, text: string): void {
  if (!json) io.err(`${text}\n`);
}

/** @returns From now (since the Unix epoch) to when it expires. */
function readExpiry(words: Words): ((wallTimeMs: number) => number) | undefined {
  const text = words.text("expires");
  if (text === undefined) return undefined;
  const fromNow = parseDuration(text);
  if (fromNow !== undefined) return (wallTimeMs) => wallTimeMs + fromNow;
  const at = /^\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d))?$/.test(text) ? Date.parse(text) : NaN;
  if (Number.isNaN(at)) words.refuse(`--expires is "${text}"; it must be a time such as 2030-01-31T00:00:00Z, or a duration such as 90d.`);
  return () => at;
}

function stateCell({ revoked, expired }: Key): { text: string; style: "good" | "bad" } {
  if (revoked) return { text: "revoked", style: "bad" };
  return expired ? { text: "expired", style: "bad" } : { text: "valid", style: "good" };
}

function spentText({ spec, spentUsd }: Key): string {
  const budget = spec?.maxBudget;
  if (budget === undefined) return dollars(spentUsd);
  const period = spec?.budgetDuration;
  return `${dollars(spentUsd)} of ${dollars(budget)}${period === undefined ? "" : ` per ${period}`}`;
}
