/**
 * What advice is given about, and what it looks like.
 *
 * @module
 */
import type { VrrpInstanceConfig } from "../../../machines/config.ts";
import type { SyncGroupConfig } from "../../../machines/group_config.ts";
import type { ScriptConfig } from "../../../machines/script_config.ts";
import type { Code } from "../codes.ts";
import type { ConfigSource } from "../config_source.ts";
import type { ConfigDraft } from "../drafts.ts";
import type { Given } from "../given.ts";
import type { InterfaceFacts } from "../interface_facts.ts";
import type { Place } from "../text.ts";

/** What was read. With errors elsewhere, what was wrong there is missing or has its default. */
export interface Whole {
  readonly draft: ConfigDraft;
  /** The instances, in the order of the draft's, before their groups change them. */
  readonly instances: readonly VrrpInstanceConfig[];
  readonly syncGroups: readonly SyncGroupConfig[];
  /** Every script of every block. */
  readonly scripts: readonly Given<ScriptConfig>[];
  readonly source: ConfigSource;
  /** Absent: nothing is known of interfaces. */
  readonly interfaces?: InterfaceFacts;
}

/** Something that a check found. */
export interface Finding {
  readonly code: Code;
  readonly place: Place;
  readonly message: string;
  readonly hint?: string;
}
