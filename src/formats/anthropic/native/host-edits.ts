import { RouterError } from "../../../core/errors.ts";
import { JsonCuts, type JsonSpan } from "../../../lib/json/json-cuts.ts";
import type { JsonMember, JsonText } from "../../../lib/json/json-text.ts";
import { type BetaHost, fieldsToCut, runsTool } from "../../kit/claude/betas.ts";
import type { BetaFieldName } from "../../kit/claude/beta-table.ts";
import type { NativeTarget } from "./native-host.ts";

/** What goes out of a request in place of what came. */
export interface HostEdits {
  /** Members that go out changed, as JSON: what stands here has lost a part, and every other byte of it is as it was. */
  readonly set: ReadonlyMap<string, Buffer>;
  /** Members that do not go out. */
  readonly remove: ReadonlySet<string>;
}

/** How the entry begins in which one client tells who it is to Anthropic, which takes it off. Elsewhere it would be read by the model. */
const attribution = "x-anthropic-billing-header";

/**
 * What a host other than Anthropic's own does not take of a request, each cut out where it stands.
 * @throws RouterError `cannot_serve_this` where the host cannot do what is asked: another deployment may.
 */
export function hostEdits(body: JsonText, target: NativeTarget, host: BetaHost, betas: Betas): HostEdits {
  return new HostEditor(target, host, fieldsToCut(betas.asked, betas.kept)).edit(body);
}

interface Betas {
  readonly asked: readonly string[];
  readonly kept: readonly string[];
}

type Editor = (cuts: JsonCuts, span: JsonSpan) => boolean;

class HostEditor {
  readonly #target: NativeTarget;
  readonly #betaHost: BetaHost;
  readonly #cut: ReadonlySet<BetaFieldName>;
  /** Texts of which one must stand in a list of messages before it is looked through. */
  readonly #traces: readonly string[];

  constructor(target: NativeTarget, betaHost: BetaHost, cut: ReadonlySet<BetaFieldName>) {
    this.#target = target;
    this.#betaHost = betaHost;
    this.#cut = cut;
    this.#traces = [
      '"scope"',
      ...(target.takesUrls ? [] : ['"url"']),
      ...(cut.has("lateClearAt") ? ['"clear_at"'] : []),
      ...(cut.has("lateOutputConfig") ? ['"output_config"'] : []),
      ...(cut.has("lateToolChanges") ? ['"tool_addition"', '"tool_removal"'] : []),
    ];
  }

  edit(body: JsonText): HostEdits {
    const set = new Map<string, Buffer>();
    const remove = new Set<string>();
    for (const member of body.members) {
      const editor = this.#editorOf(member.key);
      if (editor === undefined) continue;
      const cuts = new JsonCuts(body.bytes.subarray(member.valueStart, member.valueEnd));
      const whole = { start: 0, end: cuts.bytes.length };
      if (editor(cuts, whole)) remove.add(member.key);
      else if (!cuts.isWhole) set.set(member.key, cuts.apply());
    }
    return { set, remove };
  }

  /** What edits a member. It says whether nothing of the member is left. */
  #editorOf(key: string): Editor | undefined {
    switch (key) {
      case "system":
        return (cuts, span) => this.#editSystem(cuts, span);
      case "tools":
        return (cuts, span) => this.#editTools(cuts, span);
      case "messages":
        return (cuts, span) => this.#editMessages(cuts, span);
      case "thinking":
        return (cuts, span) => this.#editThinking(cuts, span);
      case "cache_control":
        return (cuts, span) => cutScope(cuts, span);
      case "context_management":
        return () => this.#cut.has("contextManagement");
      case "mcp_servers":
        throw this.#cannotTake("mcp_servers", "its host asks no servers of tools");
      default:
        return undefined;
    }
  }

  #editSystem(cuts: JsonCuts, span: JsonSpan): boolean {
    const blocks = cuts.items(span);
    const attributed = blocks.findIndex((block) => isAttribution(cuts, block));
    for (const [index, block] of blocks.entries()) if (index !== attributed) this.#editBlock(cuts, block, `system[${index}]`);
    if (attributed !== -1) cuts.cutItems(blocks, new Set([attributed]));
    return attributed !== -1 && blocks.length === 1;
  }

  #editTools(cuts: JsonCuts, span: JsonSpan): boolean {
    for (const [index, tool] of cuts.items(span).entries()) {
      const members = cuts.members(tool);
      const type = textOf(cuts, members, "type");
      if (type !== undefined && !runsTool(type, this.#betaHost)) throw this.#cannotTake(`tools[${index}]`, "its host does not run it");
      const isCut = ({ key }: JsonMember): boolean =>
        (key === "strict" && this.#cut.has("toolStrict")) || (key === "defer_loading" && this.#cut.has("toolDeferLoading"));
      cutWhere(cuts, members, isCut);
      editCacheControl(cuts, members);
    }
    return false;
  }

  #editThinking(cuts: JsonCuts, span: JsonSpan): boolean {
    const members = cuts.members(span);
    const showsUpdates = textOf(cuts, members, "display") === "updates";
    const isCut = ({ key }: JsonMember): boolean =>
      (key === "block_binding" && this.#cut.has("thinkingBinding")) ||
      (key === "display" && showsUpdates && this.#cut.has("thinkingUpdates"));
    cutWhere(cuts, members, isCut);
    return false;
  }

  /** Nearly all messages have nothing to cut. A search tells; what it finds within a text only costs time. */
  #editMessages(cuts: JsonCuts, span: JsonSpan): boolean {
    if (!this.#traces.some((trace) => cuts.bytes.includes(trace, 0, "latin1"))) return false;
    const messages = cuts.items(span);
    const empty = new Set<number>();
    for (const [index, message] of messages.entries()) {
      const members = cuts.members(message);
      const isLate = textOf(cuts, members, "role") === "system";
      const content = spanOf(members, "content");
      if (content !== undefined && this.#editContent(cuts, content, isLate, `messages[${index}]`)) empty.add(index);
      if (isLate) cutWhere(cuts, members, ({ key }) => this.#isCutOfLate(key));
    }
    cuts.cutItems(messages, empty);
    return false;
  }

  #isCutOfLate(key: string): boolean {
    return (key === "clear_at" && this.#cut.has("lateClearAt")) || (key === "output_config" && this.#cut.has("lateOutputConfig"));
  }

  /** @returns Whether nothing is left of it. */
  #editContent(cuts: JsonCuts, content: JsonSpan, isLate: boolean, place: string): boolean {
    const blocks = cuts.items(content);
    const gone = new Set<number>();
    for (const [index, block] of blocks.entries()) {
      const type = isLate && this.#cut.has("lateToolChanges") ? textOf(cuts, cuts.members(block), "type") : undefined;
      if (type === "tool_addition" || type === "tool_removal") gone.add(index);
      else this.#editBlock(cuts, block, `${place}.content[${index}]`);
    }
    cuts.cutItems(blocks, gone);
    return gone.size > 0 && gone.size === blocks.length;
  }

  #editBlock(cuts: JsonCuts, block: JsonSpan, place: string): void {
    const members = cuts.members(block);
    editCacheControl(cuts, members);
    const source = this.#target.takesUrls ? undefined : spanOf(members, "source");
    if (source !== undefined && textOf(cuts, cuts.members(source), "type") === "url") {
      throw this.#cannotTake(place, "its host fetches no addresses");
    }
    const inner = textOf(cuts, members, "type") === "tool_result" ? spanOf(members, "content") : undefined;
    if (inner === undefined) return;
    for (const [index, part] of cuts.items(inner).entries()) this.#editBlock(cuts, part, `${place}.content[${index}]`);
  }

  #cannotTake(param: string, why: string): RouterError {
    const { deploymentId } = this.#target.host;
    return new RouterError("cannot_serve_this", `Deployment ${deploymentId} cannot take \`${param}\`: ${why}.`, { param, deploymentId });
  }
}

function isAttribution(cuts: JsonCuts, block: JsonSpan): boolean {
  const text = spanOf(cuts.members(block), "text");
  return text !== undefined && cuts.bytes.toString("latin1", text.start + 1, text.start + 1 + attribution.length) === attribution;
}

function editCacheControl(cuts: JsonCuts, members: readonly JsonMember[]): void {
  const mark = spanOf(members, "cache_control");
  if (mark !== undefined) cutScope(cuts, mark);
}

/** Whose marks of the cache are shared with is a matter of Anthropic's own API. */
function cutScope(cuts: JsonCuts, mark: JsonSpan): boolean {
  cutWhere(cuts, cuts.members(mark), ({ key }) => key === "scope");
  return false;
}

function cutWhere(cuts: JsonCuts, members: readonly JsonMember[], isCut: (member: JsonMember) => boolean): void {
  const cut = new Set<number>();
  for (const [index, member] of members.entries()) if (isCut(member)) cut.add(index);
  if (cut.size > 0) cuts.cutMembers(members, cut);
}

function spanOf(members: readonly JsonMember[], key: string): JsonSpan | undefined {
  const member = members.findLast((one) => one.key === key);
  return member && { start: member.valueStart, end: member.valueEnd };
}

/** Longer than any word of the API. A text beyond it is none. */
const longestWord = 200;

function textOf(cuts: JsonCuts, members: readonly JsonMember[], key: string): string | undefined {
  const span = spanOf(members, key);
  if (span === undefined || span.end - span.start > longestWord) return undefined;
  const value = cuts.value(span);
  return typeof value === "string" ? value : undefined;
}
