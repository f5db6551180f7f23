/**
 * How an active router announces its addresses after the first time: regions of vrrp_instance.ts.
 *
 * @module
 */
import { not, or } from "xstate";

/** Regions beside the one of the advertisements. */
export const ANNOUNCING = {
  announcements: { // The first burst leaves with the addresses; this is the second.
    initial: "settling",
    // Neighbours hear of new addresses twice, too.
    on: { RECONFIGURE: { guard: "addsAddresses", target: ".settling" } },
    states: {
      settling: {
        always: { guard: "announcesOnce", target: "quiet" },
        after: { announcementDelay: { target: "quiet", actions: "announceAgain" } },
      },
      quiet: {},
    },
  },
  refreshment: { // From the takeover on, whatever else is announced.
    initial: "deciding",
    states: {
      deciding: { always: [{ guard: "refreshes", target: "waiting" }, { target: "off" }] },
      waiting: {
        after: {
          refreshInterval: [
            { guard: "refreshes", target: "waiting", reenter: true, actions: "announceRefresh" },
            { target: "off" },
          ],
        },
      },
      off: { on: { RECONFIGURE: "deciding" } },
    },
  },
  reassertion: { // A lesser router may have taught bridges and neighbours the wrong way.
    initial: "idle",
    on: {
      ADVERTISEMENT: [
        { guard: or(["senderIsOurTwin", "senderResigns", "senderOutranksUs", "doubtsItsRole"]) },
        { guard: not("reasserts"), actions: "tellGroupOfLesser" },
        {
          guard: "reassertsTwice",
          target: ".pending",
          actions: ["announceReassertion", "tellGroupOfLesser"],
        },
        { actions: ["announceReassertion", "tellGroupOfLesser"] },
      ],
      GROUP_REASSERTED: [
        { guard: or(["doubtsItsRole", not("reasserts")]) },
        { guard: "reassertsTwice", target: ".pending", actions: "announceReassertion" },
        { actions: "announceReassertion" },
      ],
    },
    states: {
      idle: {},
      pending: {
        after: { reassertionDelay: { target: "idle", actions: "announceReassertion" } },
      },
    },
  },
} as const;
