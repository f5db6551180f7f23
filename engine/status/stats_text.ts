/**
 * The statistics file, as keepalived writes it.
 *
 * @module
 */
import { type Config, vrrpInstanceIdentity } from "../../machines/config.ts";
import { countsOf } from "./counts.ts";
import type { InstanceStatus, ProcessStatus } from "./process_status.ts";

/** The text of the file: instances in the order of the configuration. */
export function statsText(config: Config, { instances }: ProcessStatus): string {
  const known = new Map(instances.map((each) => [each.id, each]));
  return config.vrrpInstances.map((each) => {
    const status = known.get(vrrpInstanceIdentity(each));
    return status ? instanceText(each.name, each.hmac !== undefined, status) : "";
  }).join("");
}

function instanceText(name: string, isSigned: boolean, { counters }: InstanceStatus): string {
  const counts = countsOf(counters);
  const extension = isSigned
    ? `  Authentication Extension Errors:
    Missing: ${counts.auth_ext_missing}
    Malformed: ${counts.auth_ext_malformed}
    Unknown Key: ${counts.auth_ext_unknown_key}
    Invalid HMAC: ${counts.auth_ext_invalid_hmac}
    Stale: ${counts.auth_ext_stale}
    Replay: ${counts.auth_ext_replay}
`
    : "";
  return `VRRP Instance: ${name}
  Advertisements:
    Received: ${counts.advert_rcvd}
    Sent: ${counts.advert_sent}
  Became master: ${counts.become_master}
  Released master: ${counts.release_master}
  Packet Errors:
    Length: ${counts.packet_len_err}
    TTL: ${counts.ip_ttl_err}
    Invalid Type: ${counts.invalid_type_rcvd}
    Advertisement Interval: ${counts.advert_interval_err}
    Address List: ${counts.addr_list_err}
  Authentication Errors:
    Invalid Type: ${counts.invalid_authtype}
    Type Mismatch: ${counts.authtype_mismatch}
    Failure: ${counts.auth_failure}
${extension}  Priority Zero:
    Received: ${counts.pri_zero_rcvd}
    Sent: ${counts.pri_zero_sent}
`;
}
