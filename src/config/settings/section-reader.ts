import { isNull, type ConfigNode, type MapNode } from "../tree/config-node.ts";
import type { FindingLog } from "../tree/finding-log.ts";
import { toBoolean } from "../tree/scalar.ts";
import { readBoolean, readMilliseconds, readNameList, readNumber, readText, refuseValue, type WrittenValue } from "./read-value.ts";
import type { SettingKind, SettingsOfKind, SettingsTable } from "./setting-spec.ts";

/**
 * Reads the settings of one section as its table says. A wrong type or range is reported where it stands and read as undefined,
 * as is a setting that is absent, null or was reported already. A setting that the table does not have, or has of another kind, does not
 * compile.
 */
export class SectionReader<Table extends SettingsTable> {
  readonly #table: Table;
  readonly #node: MapNode | undefined;
  readonly #path: string;
  readonly #log: FindingLog;

  /**
   * @param node Undefined when the configuration does not have the section.
   * @param path Where the section stands, for messages.
   */
  constructor(table: Table, node: MapNode | undefined, path: string, log: FindingLog) {
    this.#table = table;
    this.#node = node;
    this.#path = path;
    this.#log = log;
  }

  text(name: SettingsOfKind<Table, "text">): string | undefined {
    return this.#read(name, readText);
  }

  number(name: SettingsOfKind<Table, "number" | "integer">): number | undefined {
    return this.#read(name, readNumber);
  }

  numberOrAuto(name: SettingsOfKind<Table, "integer or auto">): number | "auto" | undefined {
    return this.#read<number | "auto">(name, (value) =>
      value.node.kind === "scalar" && value.node.text === "auto" ? "auto" : readNumber(value),
    );
  }

  /** A setting given in seconds. */
  milliseconds(name: SettingsOfKind<Table, "seconds">): number | undefined {
    return this.#read(name, readMilliseconds);
  }

  boolean(name: SettingsOfKind<Table, "boolean">): boolean | undefined {
    return this.#read(name, readBoolean);
  }

  /** One name counts as a list of one. */
  names(name: SettingsOfKind<Table, "names" | "text or names">): readonly string[] | undefined {
    return this.#read(name, readNameList);
  }

  tags(name: SettingsOfKind<Table, "tags">): readonly string[] | undefined {
    const tags = this.#read(name, (value) => (value.node.kind === "scalar" ? value.node.text.split(",") : readNameList(value)));
    return tags?.map((tag) => tag.trim()).filter((tag) => tag !== "");
  }

  booleanOrNames(name: SettingsOfKind<Table, "boolean or names">): boolean | readonly string[] | undefined {
    return this.#read<boolean | readonly string[]>(name, (value) =>
      value.node.kind === "list" ? readNameList(value) : (toBoolean(value.node) ?? refuseValue(value)),
    );
  }

  booleanOrText(name: SettingsOfKind<Table, "boolean or text">): boolean | string | undefined {
    return this.#read<boolean | string>(name, (value) => toBoolean(value.node) ?? readText(value));
  }

  map(name: SettingsOfKind<Table, "map">): MapNode | undefined {
    return this.#read(name, (value) => (value.node.kind === "map" ? value.node : refuseValue(value)));
  }

  list(name: SettingsOfKind<Table, "list">): readonly ConfigNode[] | undefined {
    return this.#read(name, (value) => (value.node.kind === "list" ? value.node.items : refuseValue(value)));
  }

  /** @returns The value as it is written, of any kind. */
  node(name: SettingsOfKind<Table, SettingKind>): ConfigNode | undefined {
    return this.#value(name);
  }

  /** @returns The place of a setting of this section, for messages. */
  pathOf(name: string): string {
    return this.#path === "" ? name : `${this.#path}.${name}`;
  }

  #value(name: string): ConfigNode | undefined {
    const value = this.#node?.entries.get(name)?.value;
    return isNull(value) ? undefined : value;
  }

  #read<Value>(name: string, read: (value: WrittenValue) => Value | undefined): Value | undefined {
    const node = this.#value(name);
    const spec = this.#table[name];
    return node === undefined || spec?.status !== "acted on" ? undefined : read({ node, path: this.pathOf(name), spec, log: this.#log });
  }
}
