/**
 * Writes data/models.json from LiteLLM's public table of models, which its package on PyPI holds: windows, caps on output, prices and flags are
 * facts, and each names its source there.
 *
 *     npm run models [VERSION]
 *
 * It needs Python with pip. The newest version is taken unless one is named.
 */
import { execFileSync } from "node:child_process";
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

type Row = Readonly<Record<string, unknown>>;

/** What is kept of a row: what the router acts on or shows. */
const kept = new RegExp(
  [
    "litellm_provider|mode|max_input_tokens|max_output_tokens|max_tokens|output_vector_size|deprecation_date|alias_of|supported_regions",
    "(?:input|output)_cost_per_token(?:_above_\\d+k_tokens)?|output_cost_per_reasoning_token",
    "cache_(?:read|creation)_input_token_cost(?:_above_1hr)?(?:_above_\\d+k_tokens)?",
    "search_context_cost_per_query",
    "supports_\\w+|thinking_\\w+|prompt_cache_min_tokens|default_reasoning_effort|reasoning_effort_levels|bedrock_\\w+",
  ]
    .map((pattern) => `^(?:${pattern})$`)
    .join("|"),
);

/** Models that answer in text or numbers. */
const modes: ReadonlySet<unknown> = new Set(["chat", "completion", "embedding", "responses", undefined]);

/** Models of the other endpoints that are routed, and what is kept of theirs besides: prices by the piece, and of tokens of images and audio. */
const passedOn: ReadonlySet<unknown> = new Set([
  "image_generation",
  "image_edit",
  "audio_speech",
  "audio_transcription",
  "moderation",
  "rerank",
  "decisions",
]);
const keptPassedOn = /^(?:(?:input|output)_cost_per_(?:image|second|character|image_token|audio_token)|input_cost_per_query)$/;
/** Whose models of these modes are asked in another way, by chat for the most part. */
const otherwise = /^(?:gemini|vertex_ai|bedrock|amazon)/;

const folder = mkdtempSync(join(tmpdir(), "models-"));
try {
  const [, , version] = process.argv;
  const wanted = version === undefined ? "litellm" : `litellm==${version}`;
  execFileSync("python3", ["-m", "pip", "download", "--quiet", "--no-deps", "--dest", folder, wanted], { stdio: "inherit" });
  const wheel = readdirSync(folder).find((name) => name.endsWith(".whl")) ?? "";
  const read = "import sys, zipfile; sys.stdout.buffer.write(zipfile.ZipFile(sys.argv[1]).read(sys.argv[2]))";
  const member = "litellm/model_prices_and_context_window_backup.json";
  const table = execFileSync("python3", ["-c", read, join(folder, wheel), member], { maxBuffer: 2 ** 28 });
  const rows = Object.entries(JSON.parse(table.toString()) as Record<string, Row>).filter(([name]) => name !== "sample_spec");
  const names = new Set(rows.map(([name]) => name));
  const lines = rows
    .filter(([, row]) => modes.has(row["mode"]) || isPassedOn(row) || names.has(String(row["alias_of"])))
    .map(([name, row]) => `${JSON.stringify(name)}:${JSON.stringify(factsOf(row))}`)
    .toSorted();
  const source = `LiteLLM ${/^litellm-([^-]+)-/.exec(wheel)?.[1] ?? ""}, model_prices_and_context_window_backup.json (MIT)`;
  const head = `{"source":${JSON.stringify(source)},"readOn":${JSON.stringify(new Date().toISOString().slice(0, 10))},"models":{`;
  writeFileSync(new URL("../data/models.json", import.meta.url), `${head}\n${lines.join(",\n")}\n}}\n`);
  process.stdout.write(`${lines.length} models of ${source}\n`);
} finally {
  rmSync(folder, { recursive: true });
}

function isPassedOn(row: Row): boolean {
  return passedOn.has(row["mode"]) && !otherwise.test(String(row["litellm_provider"]));
}

function factsOf(row: Row): Row {
  const alsoKept = isPassedOn(row) ? keptPassedOn : undefined;
  return Object.fromEntries(
    Object.entries(row).filter(([name, value]) => (kept.test(name) || alsoKept?.test(name) === true) && value !== null),
  );
}
