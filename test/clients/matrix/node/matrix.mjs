/**
 * What the programs here share: node CLIENT.mjs CONTROL UPSTREAM[=MODEL],…. Each has a function for every scenario, which takes the model's name and
 * throws where anything is not as it should be. How each went is printed as one line of JSON. The words are those of scenarios.ts. Address and key
 * are in the environment, where each package looks for them.
 */
import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";

const [control = "", upstreams = ""] = process.argv.slice(2);
const models = new Map(upstreams.split(",").map((one) => [one.split("=").at(-1), one.split("=")[0]]));

export const nobody = "a key of nobody's";
export const hello = "Hello.";
export const answer = "Line three is free, go ahead.";
export const refused = "Refuse this.";
export const refusal = /The host says no\./;
export const endless = "Talk without end.";
export const structured = "The weather in Bern as an object.";
export const question = "How warm is it in Bern and in Oslo?";
export const final = "It is 4 degrees in Bern and 9 in Oslo.";
export const schema = {
  type: "object",
  properties: { city: { type: "string" }, celsius: { type: "integer" } },
  required: ["city", "celsius"],
  additionalProperties: false,
};
export const object = { city: "Bern", celsius: 4 };
export const toolSchema = { type: "object", properties: { city: { type: "string" } }, required: ["city"], additionalProperties: false };

export function weather({ city }) {
  return { Bern: "4 degrees", Oslo: "9 degrees" }[city];
}

/** Resolves once the upstream has no reply open, and throws when that takes longer than anybody would wait. */
export async function untilFree(model) {
  const until = performance.now() + 5_000;
  for (;;) {
    const reply = await fetch(control + models.get(model));
    if ((await reply.text()) === "0") return;
    assert.ok(performance.now() < until, "the upstream was not freed");
    await sleep(5);
  }
}

/** Tries all of it. */
export async function run(scenarios) {
  for (const [model, upstream] of models) {
    for (const [scenario, attempt] of Object.entries(scenarios)) {
      let raised;
      try {
        await attempt(model);
      } catch (error) {
        raised = error instanceof Error ? (error.stack ?? String(error)) : JSON.stringify(error);
      }
      console.log(JSON.stringify({ upstream, scenario, raised }));
    }
  }
  // What a client keeps open is nobody's concern any more.
  process.exit();
}
