/**
 * What the parts of a virtual server are resolved from.
 *
 * @module
 */
import type { Complaints } from "../diagnostic.ts";
import type { ConfigDraft } from "../drafts.ts";
import type { VirtualServerDraft } from "./drafts.ts";
import type { Service } from "./resolve_service.ts";

/** A virtual server as written, and what is known of it. */
export interface LvsSubject {
  readonly draft: VirtualServerDraft;
  readonly service: Service;
  readonly whole: ConfigDraft;
  readonly complaints: Complaints;
}
