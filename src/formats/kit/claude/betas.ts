import type { JsonMembers, JsonValue } from "../../../core/provider.ts";
import { isMembers } from "../chat/chat-fields.ts";
import type { Tool } from "../chat/conversation.ts";
import { type BetaField, type BetaFieldName, betaFields, type BetaHost, inHeader, known, lacking, refused, renamed } from "./beta-table.ts";

export type { BetaHost } from "./beta-table.ts";

/** Whether a host runs one of Anthropic's own tools. @param host Undefined for Anthropic's own, which runs all. */
export function runsTool(type: string, host: BetaHost | undefined): boolean {
  return host === undefined || lacking[host]?.test(type) !== true;
}

const noBetas: readonly string[] = [];

/**
 * The betas that are asked for by a request, by its deployment, and by tools that need one.
 * @param sources Lists, or texts with commas as in the header.
 */
export function askedBetas(tools: readonly Tool[], ...sources: readonly (JsonValue | undefined)[]): readonly string[] {
  const needsOne = tools.some(({ kind }) => kind === "hosted");
  if (!needsOne && sources.every((source) => source === undefined)) return noBetas;
  const named = sources.flat().flatMap((value) => (typeof value === "string" ? value.split(",") : []));
  for (const tool of tools) {
    const [, year, month, day] = tool.kind === "hosted" ? (/^computer_(\d{4})(\d\d)(\d\d)$/.exec(tool.type) ?? []) : [];
    if (year !== undefined) named.push(`computer-use-${year}-${month}-${day}`);
  }
  return [...new Set(named.map((name) => name.trim()))].filter((name) => name !== "");
}

/** Those of the betas that a host takes, by its names for them. @param host Undefined for Anthropic's own, which is sent all. */
export function keptBetas(asked: readonly string[], host: BetaHost | undefined): readonly string[] {
  if (host === undefined) return asked;
  return [...new Set(asked.map((name) => renamed[name] ?? name))].filter((name) => takes(name, host));
}

function takes(name: string, host: BetaHost): boolean {
  return refused[host] === undefined ? known[host]?.has(name) === true || isForHeader(name, host) : !refused[host].test(name);
}

/** Whether a host takes a beta in the header alone. */
export function isForHeader(name: string, host: BetaHost | undefined): boolean {
  return host !== undefined && inHeader[host]?.has(name) === true;
}

/**
 * Takes out of a request's members what a host refuses without the beta that it belongs to.
 * @param kept Of {@link keptBetas}.
 */
export function withoutBetaFields(members: JsonMembers, kept: readonly string[]): JsonMembers {
  const has = (start: string): boolean => kept.some((name) => name.startsWith(start));
  const { context_management: management, thinking, ...rest } = members;
  return {
    ...rest,
    ...(management !== undefined && (has("context-management") || has("compact")) ? { context_management: management } : {}),
    ...(thinking === undefined ? {} : { thinking: isMembers(thinking) ? thinkingFor(thinking, has) : thinking }),
  };
}

function thinkingFor(thinking: JsonMembers, has: (start: string) => boolean): JsonMembers {
  const { block_binding: binding, display, ...rest } = thinking;
  return {
    ...rest,
    ...(binding !== undefined && has("thinking-binding-controls") ? { block_binding: binding } : {}),
    ...(display !== undefined && (display !== "updates" || has("thinking-display-updates")) ? { display } : {}),
  };
}

/**
 * The fields of Messages that go with betas which a host does not take.
 * @param kept Of {@link keptBetas}.
 */
export function fieldsToCut(asked: readonly string[], kept: readonly string[]): ReadonlySet<BetaFieldName> {
  const cut = new Set<BetaFieldName>();
  for (const [name, { betas, isOften }] of Object.entries<BetaField>(betaFields)) {
    const isOf = (beta: string): boolean => betas.some((start) => beta.startsWith(start));
    if (!kept.some(isOf) && (isOften !== true || asked.some(isOf))) cut.add(name as BetaFieldName);
  }
  return cut;
}
