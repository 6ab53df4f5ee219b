/**
 * Writes the generated files of `deploy/`: the dashboard, and the chart's copies of the dashboard and the alert rules, since a chart can hold
 * only its own files. `npm run gen` runs it. With `--check` it writes nothing, and fails when one of them is stale.
 */
import { readFile, writeFile } from "node:fs/promises";
import { dashboard } from "./grafana/dashboard.ts";

function inDeploy(path: string): URL {
  return new URL(`../deploy/${path}`, import.meta.url);
}

const dashboardJson = `${JSON.stringify(dashboard(), null, 2)}\n`;
const rules = await readFile(inDeploy("prometheus/alerts.yaml"), "utf8");

const wanted = [
  { path: "grafana/huntgroup.json", text: dashboardJson },
  { path: "helm/huntgroup/files/huntgroup.json", text: dashboardJson },
  { path: "helm/huntgroup/files/alerts.yaml", text: rules },
];
for (const { path, text } of wanted) {
  if (!process.argv.includes("--check")) {
    await writeFile(inDeploy(path), text);
    continue;
  }
  const present = await readFile(inDeploy(path), "utf8").catch(() => "");
  if (present === text) continue;
  process.stderr.write(`deploy/${path} is stale: run npm run gen\n`);
  process.exitCode = 1;
}
