import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { JsonObject } from "../../../src/config/overlay/json-node.ts";
import { providerRegistry } from "../../../src/providers/index.ts";
import { load } from "../support/load.ts";

const env = { KEY_FILE: "/run/keys/one.json", OTHER: "/run/keys/other.json", TEAM_KEY: "/run/keys/team.json" };

const withFile = file("vertex_credentials: os.environ/KEY_FILE");
const withPath = file("vertex_credentials: /run/keys/one.json");
const withMachine = file("");
const withNothing = `
general_settings: {master_key: os.environ/KEY_FILE}
model_list: [{model_name: m, litellm_params: {model: mock/m}}]
`;

/** What an entry for Vertex AI that was made at run time comes to, under a configuration file. */
const rows: readonly [what: string, yaml: string, params: JsonObject, environment: Record<string, string>, refused?: RegExp][] = [
  ["the file's credentials with its host", withFile, { vertex_credentials: "os.environ/KEY_FILE" }, {}],
  ["the same of another project", withFile, { vertex_credentials: "os.environ/KEY_FILE", vertex_project: "q" }, {}],
  [
    "the same in another region",
    withFile,
    { vertex_credentials: "os.environ/KEY_FILE", vertex_location: "eu" },
    {},
    /must not be used with https:\/\/aiplatform\.eu\.rep\.googleapis\.com/,
  ],
  [
    "the same at a host of one's own",
    withFile,
    { vertex_credentials: "os.environ/KEY_FILE", api_base: "https://evil.example" },
    {},
    /must not be used with https:\/\/evil\.example/,
  ],
  ["a variable that the file does not use", withFile, { vertex_credentials: "os.environ/OTHER" }, {}, /OTHER must not be named here/],
  ["a variable of admin_env_allow", withFile, { vertex_credentials: "os.environ/TEAM_KEY" }, {}],
  [
    "a path that the file does not use",
    withFile,
    { vertex_credentials: "/root/key.json" },
    {},
    /vertex_credentials of the machine must not/,
  ],
  ["the path that the file uses", withPath, { vertex_credentials: "/run/keys/one.json" }, {}],
  [
    "that path at a host of one's own",
    withPath,
    { vertex_credentials: "/run/keys/one.json", api_base: "https://evil.example" },
    {},
    /vertex_credentials of the machine must not/,
  ],
  ["what the machine has, as the file", withMachine, {}, {}],
  [
    "what the machine has, at a host of one's own",
    withMachine,
    { api_base: "https://evil.example" },
    {},
    /vertex_credentials: .*application default credentials of the environment is not for entries made at run time/,
  ],
  ["what the machine has, which the file does not use", withNothing, {}, {}, /vertex_credentials: is missing/],
  [
    "the environment's credentials, which the file does not use",
    withNothing,
    {},
    { GOOGLE_APPLICATION_CREDENTIALS: "/run/keys/adc.json" },
    /GOOGLE_APPLICATION_CREDENTIALS.* of the environment is not for entries made at run time/,
  ],
  ["the environment's credentials, as the file", withMachine, {}, { GOOGLE_APPLICATION_CREDENTIALS: "/run/keys/adc.json" }],
  [
    "the environment's credentials, at a host of one's own",
    withMachine,
    { api_base: "https://evil.example" },
    { GOOGLE_APPLICATION_CREDENTIALS: "/run/keys/adc.json" },
    /of the environment is not for entries made at run time/,
  ],
];

describe("an entry for Vertex AI that was made at run time", () => {
  for (const [what, yaml, params, environment, refused] of rows) {
    test(`${refused === undefined ? "may use" : "must not use"} ${what}`, async () => {
      const entry = {
        model_name: "new",
        litellm_params: { model: "vertex_ai/gemini-3-flash", vertex_project: "p", ...params },
        model_info: { id: "new" },
      };
      const overlay = [{ kind: "entry", id: "new", entry, place: "the entry" }] as const;
      const { problems, config } = await load(yaml, {
        env: { ...env, ...environment },
        providers: providerRegistry,
        overlay,
        skipInvalid: undefined,
      });
      const told = problems.map(({ key, message }) => `${key}: ${message}`).join("\n");
      assert.doesNotMatch(told, /run\/keys/);
      if (refused === undefined)
        assert.ok(
          config?.source.deployments.some(({ id }) => id === "new"),
          told,
        );
      else assert.match(told, refused);
    });
  }
});

function file(setting: string): string {
  return `
general_settings: {master_key: os.environ/KEY_FILE, admin_env_allow: ["TEAM_*"]}
model_list:
  - model_name: m
    litellm_params: {model: vertex_ai/gemini-3-flash, vertex_project: p${setting === "" ? "" : `, ${setting}`}}
`;
}
