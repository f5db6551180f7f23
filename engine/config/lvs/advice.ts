/**
 * Advice on virtual servers that keepalived takes without a word, though they cannot do what one
 * expects of them.
 *
 * @module
 */
import type { RealServerConfig, VirtualServerConfig } from "../../../machines/lvs_config.ts";
import type { Complaints } from "../diagnostic.ts";
import type { RealServerDraft, VirtualServerDraft } from "./drafts.ts";
import { totalWeight } from "./resolve_quorum.ts";

/** Says what can never come about. */
export function advise(
  draft: VirtualServerDraft,
  config: VirtualServerConfig,
  complaints: Complaints,
): void {
  adviseOnQuorum(draft, config, complaints);
  adviseOnSorryServer(draft, config, complaints);
  for (const server of draft.realServers) {
    adviseOnThresholds(server, complaints);
    adviseOnAlpha(server, complaints);
  }
}

/** A check may give weight to a server that has none. */
function canGainWeight({ checkers }: RealServerConfig): boolean {
  return checkers.some((check) =>
    (check.kind === "script" && check.setsWeight) || (check.kind === "file" && check.weight !== 0)
  );
}

function adviseOnQuorum(
  { quorum: given, hysteresis: gap, place }: VirtualServerDraft,
  { quorum, hysteresis, realServers }: VirtualServerConfig,
  complaints: Complaints,
): void {
  if (realServers.length === 0 || realServers.some(canGainWeight)) return;
  const total = totalWeight(realServers);
  if (total === 0) {
    const message = "no real server has weight: none ever gets a connection";
    complaints.add("W602", given?.place ?? place, message);
  } else if (quorum + hysteresis > total) {
    const message = `the quorum can never be gained: ${quorum} + ${hysteresis} are needed, all ` +
      `real servers have ${total}`;
    complaints.add("W602", gap?.place ?? place, message);
  }
}

function adviseOnSorryServer(
  { sorry }: VirtualServerDraft,
  { realServers, sorryServer, quorum, hysteresis }: VirtualServerConfig,
  complaints: Complaints,
): void {
  if (!sorry || !sorryServer || realServers.length === 0) return;
  const isEverChecked = realServers.some(({ checkers }) => checkers.length > 0);
  const isAlwaysGained = totalWeight(realServers) >= quorum + hysteresis;
  if (!isEverChecked && isAlwaysGained) {
    const message = "the sorry server is never used: no real server has a checker";
    complaints.add("W602", sorry.place, message);
  }
  if (sorryServer.isRealServer && realServers.length === 1) {
    const message = "the sorry server is the only real server";
    complaints.add("W602", sorry.place, message);
  }
}

function adviseOnThresholds(
  { upperThreshold: upper, lowerThreshold: lower }: RealServerDraft,
  complaints: Complaints,
): void {
  if (!lower || lower.value === 0) return;
  if (!upper || upper.value === 0) {
    complaints.add("W602", lower.place, "lthreshold without uthreshold has no effect");
  } else if (lower.value > upper.value) {
    const message = `lthreshold ${lower.value} is above uthreshold ${upper.value}`;
    complaints.add("W602", lower.place, message);
  }
}

function adviseOnAlpha(
  server: RealServerDraft,
  complaints: Complaints,
): void {
  if (!server.alpha || server.checkers.length > 0) return;
  complaints.add(
    "W602",
    server.place,
    "alpha without a checker has no effect: the server is always up",
  );
}
