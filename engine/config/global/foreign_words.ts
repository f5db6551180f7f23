/**
 * Keywords of `global_defs` about things that stayd does in other ways or not at all: SNMP, D-Bus,
 * buffers of netlink sockets.
 *
 * @module
 */
import type { GlobalDraft } from "../drafts.ts";
import { many, required, text } from "../shape.ts";
import { integer, secondsAsUs, someText } from "../values.ts";
import {
  flag,
  type Keyword,
  noEffect,
  one,
  renamed,
  toggle,
  values,
  type Vocabulary,
} from "../vocabulary.ts";

type Table = Vocabulary<GlobalDraft>["keywords"];

const NO_SNMP = "stayd has no SNMP agent; --signum=JSON writes state and counters";
const NO_DBUS = "stayd has no D-Bus service; vrrp_notify_fifo tells of changes";
const BUFFERS = "stayd sizes its netlink buffers itself, and lists everything again after a loss";
const BUFFER_BYTES_MAX = 2 ** 31 - 1;
const INTERVAL_US = { min: 1_000, max: 30_000_000 };

function snmpFlag(doc: string): Keyword<GlobalDraft> {
  return noEffect(NO_SNMP, flag(doc, true, () => {}));
}

function snmpInterval(doc: string): Keyword<GlobalDraft> {
  return noEffect(NO_SNMP, one(doc, secondsAsUs(INTERVAL_US.min, INTERVAL_US.max), () => {}));
}

const SNMP: Table = {
  snmp_socket: noEffect(
    NO_SNMP,
    values(
      "Address of the AgentX master.",
      [required("address", text("an address")), many("more", text())],
      (_, { values: [, second] }, { complaints }) => {
        if (second) complaints.add("W207", second.place, "a second word is ignored");
      },
    ),
  ),
  enable_traps: snmpFlag("Sends SNMP notifications."),
  enable_snmp_vrrp: snmpFlag("Tells of VRRP over SNMP."),
  enable_snmp_keepalived: renamed(
    "enable_snmp_vrrp",
    snmpFlag("Tells of VRRP over SNMP."),
    true,
  ),
  enable_snmp_checker: snmpFlag("Tells of virtual servers over SNMP."),
  enable_snmp_rfc: snmpFlag("Tells of VRRP over SNMP as RFC 2787 and RFC 6527 have it."),
  enable_snmp_rfcv2: snmpFlag("Tells of VRRP over SNMP as RFC 2787 has it."),
  enable_snmp_rfcv3: snmpFlag("Tells of VRRP over SNMP as RFC 6527 has it."),
  snmp_vs_stats_update_interval: snmpInterval("Seconds for which counters are kept; default 5."),
  snmp_rs_stats_update_interval: snmpInterval("The same for real servers."),
};

const DBUS: Table = {
  enable_dbus: noEffect(NO_DBUS, flag("Tells of VRRP over D-Bus.", true, () => {})),
  dbus_service_name: noEffect(NO_DBUS, one("Name of the service.", someText, () => {})),
  dbus_no_interface_name: noEffect(
    NO_DBUS,
    one("Part of a path for instances without interface.", someText, () => {}),
  ),
};

function buffers(): Table {
  const table: Record<string, Keyword<GlobalDraft>> = {};
  const sockets = [
    "vrrp_netlink_cmd",
    "vrrp_netlink_monitor",
    "lvs_netlink_cmd",
    "lvs_netlink_monitor",
    "process_monitor",
  ];
  for (const socket of sockets) {
    table[`${socket}_rcv_bufs`] = noEffect(
      BUFFERS,
      one("Receive buffer in bytes.", integer(0, BUFFER_BYTES_MAX), () => {}),
    );
    table[`${socket}_rcv_bufs_force`] = noEffect(
      BUFFERS,
      toggle("Receive buffers may exceed the kernel's limit.", () => {}),
    );
  }
  return table;
}

/** The words. */
export const FOREIGN_WORDS: Table = { ...SNMP, ...DBUS, ...buffers() };
