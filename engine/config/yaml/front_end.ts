/**
 * Configurations in YAML or JSON: the same vocabulary in the natural shape of YAML.
 *
 * ```text
 * include: [instances/*.yaml]
 * x-defaults: &defaults {interface: eth0, priority: 150}     # x-…: a place for anchors
 * vrrp_instance:
 *   VI_1:
 *     <<: *defaults
 *     virtual_router_id: 51
 *     advert_int: 100ms
 *     virtual_ipaddress:
 *       - 192.0.2.1/24
 *       - {address: 192.0.2.2/24, dev: eth1, no_track: true}
 * ```
 *
 * Files that are included may be of either language.
 *
 * @module
 */
import { absolutePath, directoryOf } from "../config_source.ts";
import { type Complaints, quote } from "../diagnostic.ts";
import { formatOf } from "../format.ts";
import { type FrontEnd, type FrontEndWorld, readKeepalived } from "../front_end.ts";
import { findIncluded, type IncludeCheck } from "../includes.ts";
import { DEPTH_MAX, FILES_MAX } from "../reader.ts";
import { Text } from "../text.ts";
import type { KeywordScope } from "../vocabulary.ts";
import { readDocument, YAML_BYTES_MAX } from "./document.ts";
import type { Node, Scalar } from "./node.ts";
import { readEntry, readStatements } from "./statements.ts";

const INCLUDE = "include";
/** Keys that are nothing to us: a place for anchors. */
const EXTENSION = /^x-/;

/** Reads a file in YAML or JSON. */
export const readYaml: FrontEnd = (path, root, world) => {
  const at = Text.ofLine({ file: path, number: 1, text: "" });
  const scalar: Scalar = { kind: "scalar", type: "string", text: path, place: at.placeAt(0) };
  new Files(root, world).read(path, scalar, []);
};

class Files {
  readonly #root: KeywordScope;
  readonly #world: FrontEndWorld;
  readonly #open: string[] = [];
  #count = 0;

  constructor(root: KeywordScope, world: FrontEndWorld) {
    this.#root = root;
    this.#world = world;
  }

  /** Reads a file that is named at `name`. */
  read(path: string, { place }: Scalar, inherited: readonly IncludeCheck[]): void {
    const { source, context: { complaints } } = this.#world;
    const absolute = absolutePath(path, source.currentDirectory());
    if (this.#open.includes(absolute)) {
      return complaints.add("E122", place, `${quote(path)} includes itself`);
    }
    if (this.#open.length >= DEPTH_MAX || ++this.#count > FILES_MAX) {
      const message = this.#open.length >= DEPTH_MAX
        ? `includes nested more than ${DEPTH_MAX} deep`
        : `more than ${FILES_MAX} files`;
      return complaints.add("E123", place, message);
    }
    const content = source.read(path);
    if ("error" in content) {
      return complaints.add("E121", place, `cannot read ${quote(path)}: ${content.error}`);
    }
    complaints.noteFile(path);
    source.noteConfig?.(path, content.bytes);
    const text = decode(content.bytes, path, complaints);
    const document = text === undefined ? undefined : readDocument(text, path, complaints);
    if (!document) return;
    this.#open.push(absolute);
    this.#document(document, directoryOf(path), inherited);
    this.#open.pop();
  }

  #document(document: Node, directory: string, inherited: readonly IncludeCheck[]): void {
    let checks = inherited;
    const setIncludeChecks = (next: readonly IncludeCheck[]) => checks = next;
    const world = { ...this.#world, context: { ...this.#world.context, setIncludeChecks } };
    if (document.kind !== "map") return readStatements(document, this.#root, world);
    for (const { key, value } of document.entries) {
      if (EXTENSION.test(key.text)) continue;
      if (key.text !== INCLUDE) readEntry(key, value, this.#root, world);
      else this.#include(value, directory, checks);
    }
  }

  #include(value: Node, directory: string, checks: readonly IncludeCheck[]): void {
    const { source, context: { complaints } } = this.#world;
    for (const name of value.kind === "list" ? value.items : [value]) {
      if (name.kind !== "scalar" || name.text === "") {
        complaints.add("E211", name.place, "include takes a file or a list of files");
        continue;
      }
      const complain = { complaints, place: name.place };
      for (const path of findIncluded(name.text, directory, checks, source, complain)) {
        if (formatOf(path) === "keepalived") readKeepalived(path, this.#root, this.#world);
        else this.read(path, name, checks);
      }
    }
  }
}

function decode(bytes: Uint8Array, path: string, complaints: Complaints): string | undefined {
  const place = { line: { file: path, number: 1, text: "" }, column: 1 };
  if (bytes.length > YAML_BYTES_MAX) {
    complaints.add("E128", place, `more than ${YAML_BYTES_MAX} bytes`);
    return undefined;
  }
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    complaints.add("E111", place, `${quote(path)} is not UTF-8`);
    return undefined;
  }
}
