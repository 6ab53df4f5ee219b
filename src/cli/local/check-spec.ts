import type { CommandSpec } from "../kit/command-spec.ts";

/** How `huntgroup check` is written. */
export const checkSpec: CommandSpec = {
  name: "check",
  usage: "FILE",
  summary: "print every problem of a configuration, or the routing table it makes",
  options: [
    { name: "config", short: "c", value: "FILE", help: "the file, in another way" },
    { name: "skip-invalid", help: "leave out the deployments that have something wrong", variables: ["HUNTGROUP_SKIP_INVALID"] },
  ],
  parse(words) {
    const option = words.text("config");
    const files = [...(option === undefined ? [] : [option]), ...words.remaining()];
    if (files.length !== 1) words.refuse('"check" takes one file: huntgroup check FILE.');
    return { kind: "check", file: files[0] ?? "", skipInvalid: words.flag("skip-invalid") };
  },
};
