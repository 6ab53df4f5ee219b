import fc from "fast-check";
import type { JsonMembers, JsonValue } from "../../../src/core/provider.ts";
import { pixel } from "./tool-loop.ts";

/** Chat requests as OpenAI's API takes them, odd ones too: what a provider makes of each has to be what that provider takes. */

const mark = fc.constantFrom<JsonMembers>(
  {},
  {},
  {},
  { cache_control: { type: "ephemeral" } },
  { cache_control: { type: "ephemeral", ttl: "1h" } },
);
const text = fc.oneof(
  { weight: 5, arbitrary: fc.constantFrom("hi", "How warm is it?", "  ", "", "ß🙂\n", "a ") },
  { weight: 1, arbitrary: fc.string({ maxLength: 20, unit: "grapheme" }) },
);
const textPart = fc.tuple(text, mark).map(([value, more]): JsonMembers => ({ type: "text", text: value, ...more }));
const imagePart = mark.map((more): JsonMembers => ({ type: "image_url", image_url: { url: `data:image/png;base64,${pixel}` }, ...more }));

/** Never without a word: OpenAI refuses that as well. */
const content: fc.Arbitrary<JsonValue> = fc.oneof(
  text.map((value) => (value === "" ? "hi" : value)),
  fc
    .tuple(fc.array(fc.oneof(textPart, imagePart), { maxLength: 3 }), mark)
    .map(([parts, more]) => [...parts, { type: "text", text: "hi", ...more }]),
);

const toolNames = ["get/weather", "get_weather", "a.b", "a_b", "9lives", "über", "x".repeat(64), "plain"];
const schema = fc.constantFrom<JsonMembers>(
  { type: "object", properties: {} },
  { type: "object", properties: { city: { type: "string" } }, required: ["city"], additionalProperties: false },
  {
    type: "object",
    properties: {
      one: { anyOf: [{ type: "integer" }, { type: "null" }] },
      list: { type: "array", items: { type: "string", enum: ["a", "b"] } },
    },
  },
  {
    $defs: { node: { type: "object", properties: { next: { $ref: "#/$defs/node" } } } },
    type: "object",
    properties: { head: { $ref: "#/$defs/node" } },
  },
);
const tools = fc.subarray(toolNames).chain((names) =>
  fc.tuple(
    ...names.map((name) =>
      fc.tuple(fc.option(schema, { nil: undefined }), mark, fc.boolean()).map(([parameters, more, strict]): JsonMembers => {
        return {
          type: "function",
          function: { name, description: "d", ...(parameters === undefined ? {} : { parameters }), strict },
          ...more,
        };
      }),
    ),
  ),
);

const args = fc.constantFrom("{}", "", '{"city":"Bern"}', "[1]", "no JSON", '{"n":12345678901234567890}');
/** As many providers write them. */
const idStart = fc.constantFrom("call_", "toolu_01", "functions.f:", "tooluse_", "ü-");

const instruction = fc
  .constantFrom("system", "developer")
  .chain((role) => text.map((value): readonly JsonMembers[] => [{ role, content: value }]));

/** A call or some, with the results of all of them, before any of which an instruction may stand. */
function exchange(index: number): fc.Arbitrary<readonly JsonMembers[]> {
  const call = fc.tuple(fc.constantFrom(...toolNames), args, idStart);
  const between = fc.oneof({ weight: 5, arbitrary: fc.constant([]) }, { weight: 1, arbitrary: instruction });
  const calls = fc.array(fc.tuple(call, between), { minLength: 1, maxLength: 3 });
  return fc.tuple(calls, fc.option(text, { nil: null }), content).map(([all, said, result]) => {
    const ids = all.map(([[, , start]], at) => `${start}${index}${at}`);
    const asked = all.map(([[name, json]], at) => ({ id: ids[at] ?? "", type: "function", function: { name, arguments: json } }));
    return [
      { role: "assistant", content: said, tool_calls: asked },
      ...ids.flatMap((id, at) => [...(all[at]?.[1] ?? []), { role: "tool", tool_call_id: id, content: result }]),
    ];
  });
}

const said = (role: string) => content.map((value): readonly JsonMembers[] => [{ role, content: value }]);
const messages = fc
  .tuple(fc.array(instruction, { maxLength: 2 }), said("user"), fc.array(fc.integer({ min: 0, max: 9 }), { maxLength: 4 }))
  .chain(([system, first, plan]) =>
    fc
      .tuple(
        ...plan.map((choice, index) =>
          choice < 4 ? exchange(index) : choice < 6 ? said("user") : choice < 8 ? said("assistant") : instruction,
        ),
      )
      .map((rest) => [...system.flat(), ...first, ...rest.flat()]),
  );

/** Any chat, for any model that takes tools and images. */
export const anyChat: fc.Arbitrary<JsonMembers> = fc
  .tuple(
    messages,
    tools,
    fc.record(
      {
        max_tokens: fc.constantFrom(1, 1024, 5000, 100.5),
        max_completion_tokens: fc.constantFrom(16, 2000),
        temperature: fc.constantFrom(0, 0.5, 1),
        top_p: fc.constantFrom(0.1, 1),
        stop: fc.constantFrom<JsonValue>("END", ["a", "b"]),
        reasoning_effort: fc.constantFrom("none", "minimal", "low", "medium", "high"),
        parallel_tool_calls: fc.boolean(),
        response_format: fc.oneof(
          fc.constantFrom<JsonMembers>({ type: "text" }, { type: "json_object" }),
          schema.map((one): JsonMembers => ({ type: "json_schema", json_schema: { name: "n", schema: one, strict: true } })),
        ),
        user: fc.constantFrom("u1", "someone@example.org"),
        n: fc.constant(1),
        metadata: fc.constant({ a: "b" }),
        stream: fc.boolean(),
      },
      { requiredKeys: [] },
    ),
    fc.constantFrom<JsonValue>(null, "auto", "required", "none", "named"),
  )
  .map(([all, ownTools, parameters, choice]) => {
    const [first] = ownTools;
    const named = first === undefined ? "auto" : { type: "function", function: { name: (first["function"] as { name: string }).name } };
    return {
      messages: all,
      ...parameters,
      ...(ownTools.length === 0
        ? {}
        : { tools: ownTools, ...(choice === null ? {} : { tool_choice: choice === "named" ? named : choice }) }),
    };
  });
