/**
 * Prints `.oxlintrc.json`. It is generated because one tree, the floors of `src` (`scripts/floors.ts`), becomes a rule for each folder, and
 * because the limits (`scripts/limits.ts`) have exceptions with reasons. `npm run gen` writes it; the checks fail when it is stale.
 */
import { fenceOf, foldersOf, house } from "./floors.ts";
import { exceptions, limits } from "./limits.ts";

const ambient = "Time and chance are handed in: take a Clock or a Random (src/lib/clock.ts, src/lib/random.ts).";
const ambientImports = { regex: "^(node:)?(timers|timers/promises|perf_hooks)$", message: ambient };
const ambientGlobals = ["setTimeout", "setInterval", "setImmediate", "clearTimeout", "clearInterval", "performance"];

interface Pattern {
  readonly regex: string;
  readonly message: string;
}

const gen = { regex: "^(\\.\\./)+gen/", message: "Only src/rpc and src/cli (the client of the RPC service) may import protobuf." };

/** The top-level folder that a folder of `src` lies in. */
function levelOf(folder: string): string {
  return folder.split("/")[1] ?? "";
}

function forbidden(folder: string): readonly Pattern[] {
  const fence = fenceOf(house, folder);
  const fences = fence === undefined ? [] : [fence];
  return ["rpc", "cli"].includes(levelOf(folder)) ? fences : [...fences, gen];
}

function importRule(folder: string, patterns: readonly Pattern[]): unknown {
  return ["error", { patterns: levelOf(folder) === "lib" ? patterns : [...patterns, ambientImports] }];
}

// Each rule is for a folder's own files. Sub-folders have their own, since the last rule that fits a file replaces those before it.
const folderRules = foldersOf(house).map((folder) => ({
  files: [`${folder}/*.ts`],
  // It is what the package exports of protobuf, and nothing else.
  ...(folder === "src" ? { excludeFiles: ["src/client.ts"] } : {}),
  rules: { "no-restricted-imports": importRule(folder, forbidden(folder)) },
}));

const strategySiblings = {
  files: ["src/strategies/*.ts"],
  excludeFiles: ["src/strategies/index.ts"],
  rules: {
    "no-restricted-imports": importRule("src/strategies", [
      ...forbidden("src/strategies"),
      { regex: "^\\./", message: "Strategies never import each other; what they share belongs in src/lib or src/core." },
    ]),
  },
};

const exceptionRules = exceptions.map(({ file, rule }) => ({ files: [file], rules: { [rule]: "off" } }));

const config = {
  $schema: "./node_modules/oxlint/configuration_schema.json",
  plugins: ["typescript", "unicorn", "oxc", "import", "node", "promise"],
  categories: { correctness: "error", suspicious: "error", perf: "error" },
  options: { typeAware: true },
  ignorePatterns: ["gen/**", "dist/**", "test/fixtures/planted/**", "test/clients/matrix/node/**"],
  rules: {
    "typescript/no-explicit-any": "error",
    "typescript/ban-ts-comment": "error",
    "typescript/consistent-type-imports": "error",
    "typescript/no-floating-promises": "error",
    "typescript/no-misused-promises": "error",
    "typescript/switch-exhaustiveness-check": ["error", { considerDefaultExhaustiveForUnions: true }],
    "typescript/only-throw-error": "error",
    // A circle of types alone counts as well.
    "import/no-cycle": ["error", { ignoreTypes: false }],
    "no-restricted-globals": ["error", ...ambientGlobals.map((name) => ({ name, message: ambient }))],
    "no-restricted-properties": [
      "error",
      { object: "Date", property: "now", message: ambient },
      { object: "Math", property: "random", message: ambient },
    ],
    // Requests are read, tried and answered one step after the other, on purpose.
    "no-await-in-loop": "off",
    // TypeScript checks both of these, knowing which switches are exhaustive and which modules have a default.
    "typescript/consistent-return": "off",
    "consistent-return": "off",
    "import/no-named-as-default-member": "off",
    // Immutable snapshots are made of copies.
    "oxc/no-map-spread": "off",
    "unicorn/no-array-reverse": "off",
    // Where both scopes are in sight, another name would only be longer.
    "no-shadow": "off",
    // An explicit undefined says what the type says.
    "unicorn/no-useless-undefined": "off",
    "unicorn/prefer-add-event-listener": "off",
    "unicorn/no-array-sort": "off",
    "typescript/no-unsafe-type-assertion": "off",
    "typescript/no-unnecessary-type-arguments": "off",
    "import/no-unassigned-import": "off",
    // The rule takes a thread's port for a window.
    "unicorn/require-post-message-target-origin": "off",
    // node:test's functions return promises that the runner itself awaits.
    "typescript/no-unsafe-enum-comparison": "off",
  },
  overrides: [
    { files: ["src/lib/**"], rules: { "no-restricted-globals": "off", "no-restricted-properties": "off" } },
    ...folderRules,
    strategySiblings,
    { files: ["src/**", "scripts/**"], rules: limits },
    ...exceptionRules,
    {
      files: ["test/**", "bench/**", "scripts/**", "examples/**", "console/**"],
      rules: { "no-restricted-globals": "off", "no-restricted-properties": "off", "typescript/no-floating-promises": "off" },
    },
  ],
};

process.stdout.write(`${JSON.stringify(config, null, 2)}\n`);
