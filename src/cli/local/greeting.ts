import { isOpen } from "../../config/load/is-open.ts";
import type { LoadedConfig } from "../../config/load/load-config.ts";
import type { ListenAddress } from "../../server/listening-socket.ts";

/** Writes what a started server prints on a terminal: what it serves, and three calls to paste. */
export function greeting(config: LoadedConfig, file: string, address: ListenAddress, tls: boolean): string {
  const { source } = config;
  const key = config.masterKey === undefined ? (isOpen(config) ? undefined : "YOUR-KEY") : "YOUR-MASTER-KEY";
  const { socketPath } = address;
  const authority =
    socketPath !== undefined ? "localhost" : `${address.host.includes(":") ? `[${address.host}]` : address.host}:${address.port}`;
  const origin = `${tls ? "https" : "http"}://${authority}`;
  const groups = Map.groupBy(source.deployments, (deployment) => deployment.group);
  const where = socketPath === undefined ? [origin, "port"] : [`unix:${socketPath}`, "socket"];
  const lines = [`huntgroup serves ${file} on ${where[0]} (REST, gRPC, gRPC-Web and Connect on this one ${where[1]})`, ""];
  for (const [group, deployments] of groups)
    lines.push(
      `  ${group}: ${deployments.length} ${plural(deployments.length)}, ${(source.groupStrategies.get(group) ?? source.strategy).name}`,
    );
  for (const alias of source.aliases) if (!alias.hidden) lines.push(`  ${alias.alias}: another name for ${alias.targets.join(", ")}`);
  if (groups.size === 0) lines.push("  no deployments yet: the configuration's model_list is empty");
  for (const invalid of source.invalid) lines.push(`  LEFT OUT: ${invalid.group} (${invalid.address}): ${invalid.reason}`);
  if (config.console && socketPath === undefined) lines.push("", `  console in the browser: ${origin}/console`);
  const model = [...groups.keys()].find((group) => !group.includes("*"));
  if (model !== undefined) lines.push("", ...examples(model, origin, socketPath, tls, key));
  return `${lines.join("\n")}\n`;
}

function examples(
  model: string,
  origin: string,
  socketPath: string | undefined,
  tls: boolean,
  shown: string | undefined,
): readonly string[] {
  const key = shown === undefined ? "" : ` -H 'Authorization: Bearer ${shown}'`;
  const body = (over: object): string =>
    JSON.stringify({ model, messages: [{ role: "user", content: "what llm are you" }], ...over }).replaceAll("'", "'\\''");
  const curl = socketPath === undefined ? "curl" : `curl --unix-socket ${socketPath}`;
  const target = socketPath === undefined ? origin.slice(origin.indexOf("//") + 2) : `-unix ${socketPath}`;
  return [
    `  ${curl} ${origin}/chat/completions${key} -H 'Content-Type: application/json' -d '${body({})}'`,
    `  grpcurl ${tls ? "" : "-plaintext "}${key === "" ? "" : `${key.trim()} `}-d '${body({})}' ${target} huntgroup.v1.ChatService/ChatCompletion`,
    `  ${curl} -N ${origin}/v1/chat/completions${key} -H 'Content-Type: application/json' -d '${body({ stream: true })}'`,
  ];
}

function plural(count: number): string {
  return count === 1 ? "deployment" : "deployments";
}
