/**
 * Who may change what root runs: keepalived's rules. Of what a path leads to, links followed, and
 * of every directory above it, only root may write to any.
 *
 * @module
 */
import type { Permissions } from "../config/config_source.ts";

const ROOT = 0;
const BIT = { sticky: 0o1000, groupWrites: 0o020, othersWrite: 0o002 };

/** Who scripts run as if nobody says, if there is such a user. */
export const DEFAULT_USER = "keepalived_script";
/** Where mere names are looked for without a PATH. */
export const DEFAULT_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/** Whether anybody but root may change it. In a sticky directory nobody changes another's files. */
export function isWritable({ kind, uid, gid, mode }: Permissions): boolean {
  if (uid !== ROOT) return true;
  if (kind === "directory" && (mode & BIT.sticky) !== 0) return false;
  return (mode & BIT.othersWrite) !== 0 || ((mode & BIT.groupWrites) !== 0 && gid !== ROOT);
}
