import type { JsonObject } from "@bufbuild/protobuf";
import { Command, InvalidArgumentError, Option } from "commander";
import { durationFromMs, timestampFromMs } from "@bufbuild/protobuf/wkt";
import {
  CreateKeyResponseSchema,
  ListKeysResponseSchema,
  RevokeKeyResponseSchema,
  RotateKeyResponseSchema,
  type Key,
} from "../../../gen/huntgroup/v1/admin_pb.ts";
import { ok } from "../../lib/result.ts";
import { parseDuration, typedDuration } from "../../lib/duration.ts";
import type { Session } from "../kit/session.ts";
import { table, type Column } from "../render/table.ts";
import type { ServerAct, Understood } from "../kit/task.ts";
import { amount, duration, jsonObject, list, presentText, wholeNumber } from "../kit/values.ts";
import { dollars, number, ofLimit, time } from "../render/format.ts";
import { operatorCommand } from "./operator-command.ts";

const largestPriority = 2_147_483_647;
const largestParallel = 4_294_967_295;

const columns: readonly Column<Key>[] = [
  { title: "NAME", cell: ({ spec }) => spec?.name ?? "" },
  { title: "STATE", cell: stateCell },
  { title: "MODELS", cell: ({ spec }) => ((spec?.models.length ?? 0) === 0 ? "all" : (spec?.models.join(", ") ?? "")), mayBeCut: true },
  { title: "ENDPOINTS", cell: ({ spec }) => spec?.endpoints.join(", ") ?? "", mayBeCut: true, rank: 5 },
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

/** Makes `huntgroup keys` with its commands. */
export function keysCommand(understood: Understood): Command {
  return new Command("keys")
    .description("callers' keys")
    .addCommand(listCommand(understood))
    .addCommand(createCommand(understood))
    .addCommand(revokeCommand(understood))
    .addCommand(rotateCommand(understood));
}

function listCommand(understood: Understood): Command {
  const command = new Command("list").description("every key, what it may and what it has used");
  return operatorCommand(command, understood, () => async (session) => {
    const response = await session.client.listKeys({});
    session.answer(ListKeysResponseSchema, response, () =>
      response.keys.length === 0 ? "no keys\n" : table(columns, response.keys, session.page()),
    );
    return ok(undefined);
  });
}

interface CreateFlags {
  readonly models?: readonly string[];
  readonly endpoints?: readonly string[];
  readonly rpm?: number;
  readonly tpm?: number;
  readonly parallel?: number;
  readonly budget?: number;
  readonly per?: string;
  readonly expires?: Expiry;
  readonly tag?: readonly string[];
  readonly priority?: number;
  readonly metadata?: JsonObject;
}

function createCommand(understood: Understood): Command {
  const command = new Command("create")
    .description("make a key; its secret is printed this once")
    .argument("<NAME>", "", presentText)
    .addOption(new Option("--models <A,B>", "what it may call, names and patterns; all when left out").argParser(list))
    .addOption(
      new Option("--endpoints <A,B>", "what it may call: chat, embeddings, images, audio, …; all calls when left out").argParser(list),
    )
    .addOption(new Option("--rpm <N>", "requests per minute").argParser(amount))
    .addOption(new Option("--tpm <N>", "tokens per minute").argParser(amount))
    .addOption(new Option("--parallel <N>", "calls under way at a time").argParser(wholeNumber(1, largestParallel)))
    .addOption(new Option("--budget <USD>", "US dollars, in each period").argParser(amount))
    .addOption(new Option("--per <7d>", "the budget's period (30s, 10m, 24h, 7d, 1mo); once and for all when left out"))
    .addOption(new Option("--expires <WHEN>", "2030-01-31T00:00:00Z, or how long from now: 90d").argParser(readExpiry))
    .addOption(new Option("--tag <TAG>", "added to its calls; may be given several times").argParser(list))
    .addOption(
      new Option("--priority <N>", "of its calls that name none; smaller goes first").argParser(
        wholeNumber(-largestPriority, largestPriority),
      ),
    )
    .addOption(new Option("--metadata <JSON>", "whatever is to be kept with it").argParser(jsonObject))
    .addHelpText(
      "after",
      "\nThe secret alone goes to standard output, what is said of it to standard error: KEY=$(huntgroup keys create team-a).",
    );
  return operatorCommand(command, understood, createKey, { changes: true });
}

function createKey(name: string, flags: CreateFlags, command: Command): ServerAct {
  const { models = [], endpoints = [], tag = [], rpm, tpm, parallel, budget, per, expires, priority, metadata } = flags;
  if (per !== undefined && budget === undefined) command.error("--per is the period of a --budget USD.");
  const limits = {
    ...(rpm !== undefined && { rpm }),
    ...(tpm !== undefined && { tpm }),
    ...(parallel !== undefined && { maxParallelRequests: parallel }),
    ...(budget !== undefined && { maxBudget: budget }),
    ...(per !== undefined && { budgetDuration: per }),
    ...(priority !== undefined && { priority }),
    ...(metadata !== undefined && { metadata }),
  };
  const spec = { name, models: [...models], endpoints: [...endpoints], tags: [...tag], ...limits };
  return async (session) => {
    const expiresAt = expires?.(session.io.clock.wallTime());
    const dated = expiresAt === undefined ? spec : { ...spec, expires: timestampFromMs(expiresAt) };
    const response = await session.client.createKey({ spec: dated, etag: session.etag });
    session.answer(CreateKeyResponseSchema, response, () => `${response.secret}\n`);
    tell(session, `the secret of "${name}" is shown this once; the server keeps a digest of it`);
    return ok(undefined);
  };
}

function revokeCommand(understood: Understood): Command {
  const command = new Command("revoke").description("make a key invalid from the next request on").argument("<NAME>", "", presentText);
  return operatorCommand(command, understood, revokeKey, { changes: true });
}

function revokeKey(name: string): ServerAct {
  return async (session) => {
    const response = await session.client.revokeKey({ name, etag: session.etag });
    session.answer(RevokeKeyResponseSchema, response, () => `revoked ${name}\n`);
    return ok(undefined);
  };
}

function rotateCommand(understood: Understood): Command {
  const command = new Command("rotate")
    .description("give a key a new secret, printed this once")
    .argument("<NAME>", "", presentText)
    .addOption(new Option("--overlap <1h>", "how long the old secret stays valid; not at all when left out").argParser(duration));
  return operatorCommand(command, understood, rotateKey, { changes: true });
}

function rotateKey(name: string, { overlap: overlapMs = 0 }: { readonly overlap?: number }): ServerAct {
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
}

/** Tells people something on standard error: standard output is for the secret alone. */
function tell({ json, io }: Session, text: string): void {
  if (!json) io.err(`${text}\n`);
}

/** From now (in milliseconds since the Unix epoch) to when a key expires. */
type Expiry = (wallTimeMs: number) => number;

function readExpiry(text: string): Expiry {
  const fromNow = parseDuration(text, typedDuration);
  if (fromNow !== undefined) return (wallTimeMs) => wallTimeMs + fromNow;
  const at = /^\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d))?$/.test(text) ? Date.parse(text) : NaN;
  if (Number.isNaN(at)) throw new InvalidArgumentError("It must be a time such as 2030-01-31T00:00:00Z, or a duration such as 90d.");
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
