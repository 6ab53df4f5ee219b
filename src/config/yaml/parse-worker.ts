import { parentPort, workerData } from "node:worker_threads";
import { SourceFile } from "../tree/source-file.ts";
import { packYaml } from "./packed-yaml.ts";
import { readYaml } from "./read-yaml.ts";

/** A thread that reads one file and ends; {@link file://./yaml-parser.ts} starts it. */
const { path, text } = workerData as { readonly path: string; readonly text: string };
parentPort?.postMessage(packYaml(readYaml(new SourceFile(path, text))));
