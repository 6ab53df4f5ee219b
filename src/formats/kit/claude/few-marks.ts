import type { JsonMembers } from "../../../core/provider.ts";
import { isMembers } from "../chat/chat-fields.ts";
import type { ChatRequest, Part, Tool } from "../chat/conversation.ts";

/** No host of Claude takes more marks of the cache in one request. */
const mostMarks = 4;

/**
 * A request with as many marks of the cache as are taken. The latest stay: what comes before a mark is in the cache as well.
 * @param hasToolMarks Whether marks of tools are written.
 * @param adjusted Gets `cache_control` where marks are left out.
 */
export function withFewMarks(request: ChatRequest, hasToolMarks: boolean, adjusted: Set<string>): ChatRequest {
  const { conversation, tools, rest } = request;
  const inTools = hasToolMarks ? tools.filter(isMarkedTool).length : 0;
  const inTurns = conversation.turns.reduce((sum, { parts }) => sum + parts.filter(isMarked).length, 0);
  // A mark of the request as a whole stands for one behind all of it.
  const ofAll = isMembers(rest["cache_control"]) ? 1 : 0;
  let over = inTools + conversation.system.filter(isMarked).length + inTurns + ofAll - mostMarks;
  if (over <= 0) return request;
  adjusted.add("cache_control");
  const isOver = (hasMark: boolean): boolean => hasMark && over-- > 0;
  // From the first on, in the order in which they are read.
  return {
    ...request,
    tools: hasToolMarks ? tools.map((tool) => (isOver(isMarkedTool(tool)) ? unmarkedTool(tool) : tool)) : tools,
    conversation: {
      system: conversation.system.map((part) => (isOver(isMarked(part)) ? { ...part, cache: undefined } : part)),
      turns: conversation.turns.map((turn) => ({
        ...turn,
        parts: turn.parts.map((part) => (isOver(isMarked(part)) ? { ...part, cache: undefined } : part)),
      })),
    },
  };
}

function isMarked(part: Part): boolean {
  return part.kind !== "thinking" && part.cache !== undefined;
}

function isMarkedTool(tool: Tool): boolean {
  return tool.kind === "hosted" ? isMembers(tool.tool["cache_control"]) : tool.cache !== undefined;
}

function unmarkedTool(tool: Tool): Tool {
  if (tool.kind === "function") return { ...tool, cache: undefined };
  const { cache_control: _mark, ...rest }: JsonMembers = tool.tool;
  return { ...tool, tool: rest };
}
