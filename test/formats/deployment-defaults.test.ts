import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { RouterError } from "../../src/core/errors.ts";
import type { JsonMembers } from "../../src/core/provider.ts";
import { asSent, connectTarget } from "../support/fakes/chat-target.ts";
import { nativeCases } from "../support/fakes/native-cases.ts";
import type { ScriptedAnswer } from "../support/fakes/scripted-answer.ts";
import { wordsOf } from "../support/fakes/shape.ts";
import { finalAnswer, gathered, toolName, whole } from "../support/fakes/tool-loop.ts";
import { chatCall, decoded, encoded } from "./kit/chat/support.ts";

const parameters = { type: "object", properties: { city: { type: "string" } } };
const defaults: JsonMembers = {
  tools: [{ type: "function", function: { name: toolName, parameters } }],
  response_format: { type: "json_object" },
};
const usage = { fresh: 1, cacheRead: 0, cacheWritten: 0, output: 1, thinking: 0 };

/** What a deployment's own parameters ask for is in the reply, whose reader sees the caller's request. */
for (const target of nativeCases) {
  describe(`a deployment of ${target.name} that has parameters of its own`, () => {
    for (const stream of [false, true]) {
      const ask = (members: JsonMembers, parts: (json: JsonMembers) => ScriptedAnswer["parts"]): JsonMembers => {
        const { adapter, model } = connectTarget(target, { defaults });
        const call = chatCall({ ...members, stream });
        const request = asSent(encoded(adapter, call, model));
        const { pieces, headers } = target.createApi().reply(request, { kind: "answer", parts: parts(request.json), usage });
        const bytes = pieces.map((piece) => Buffer.from(piece as Uint8Array));
        if (stream) {
          const events = decoded(adapter, call, bytes, headers).filter(({ kind }) => kind !== "done");
          return gathered(events.map(({ data }) => JSON.parse(data?.toString() ?? "") as JsonMembers)).message;
        }
        const reply = adapter.decodeReply(call, headers, Buffer.concat(bytes));
        if (reply instanceof RouterError) throw reply;
        return whole(JSON.parse(reply.body.toString()) as JsonMembers).message;
      };
      const how = stream ? "streamed" : "whole";
      const asText = [{ kind: "text" as const, text: JSON.stringify(finalAnswer) }];
      const asInput = [{ kind: "call" as const, id: "toolu_1", name: "json_tool_call", args: finalAnswer }];

      it(`gives its answer in JSON as the text, by whichever way it was asked for, ${how}`, () => {
        const { content, tool_calls: calls } = ask({}, (json) => (JSON.stringify(json).includes("json_tool_call") ? asInput : asText));
        assert.deepEqual([JSON.parse(wordsOf(content)), calls], [finalAnswer, undefined]);
      });

      it(`calls its tools by their own names, ${how}`, () => {
        const { tool_calls: calls } = ask({ response_format: { type: "text" } }, () => [
          { kind: "call", id: "toolu_1", name: "get_weather", args: {} },
        ]);
        const [one] = calls as unknown as readonly { function: { name: string } }[];
        assert.equal(one?.function.name, toolName);
      });
    }
  });
}
