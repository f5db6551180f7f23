/**
 * A line of `unicast_peer`: `ADDR [min_ttl N] [max_ttl N]`.
 *
 * @module
 */
import { type Ip, ipToBytes, isMulticast } from "../../net/address.ts";
import { quote } from "./diagnostic.ts";
import { type Given, givenBy } from "./given.ts";
import { address, integer } from "./values.ts";
import type { Context } from "./vocabulary.ts";
import type { Word } from "./words.ts";

/** A peer, and the TTL or Hop Limit accepted from it, 0 to 255, if that was given. */
export interface PeerLine {
  readonly ip: Ip;
  readonly hopLimitMin?: number;
  readonly hopLimitMax?: number;
}

/** Reads `ADDR [min_ttl N] [max_ttl N]`; undefined if it cannot be used. */
export function readPeerLine(
  [word, ...rest]: readonly Word[],
  { complaints }: Context,
): Given<PeerLine> | undefined {
  const ip = word && address(word, complaints);
  if (!word || ip === undefined) return undefined;
  if (isMulticast(ip) || ipToBytes(ip).every((octet) => octet === 0)) {
    complaints.add("E409", word.place, `${quote(word.text)} cannot be the address of a peer`);
    return undefined;
  }
  let peer: PeerLine = { ip };
  for (let i = 0; i < rest.length; i += 2) {
    const [key, value] = [rest[i], rest[i + 1]];
    if (!key) break;
    if (key.text !== "min_ttl" && key.text !== "max_ttl") {
      complaints.add("E304", key.place, `unknown word ${quote(key.text)}: min_ttl or max_ttl`);
      return undefined;
    }
    if (!value) {
      complaints.add("E208", key.place, `${quote(key.text)} needs a value`);
      return undefined;
    }
    const limit = integer(0, 255)(value, complaints);
    if (limit === undefined) return undefined;
    peer = { ...peer, [key.text === "min_ttl" ? "hopLimitMin" : "hopLimitMax"]: limit };
  }
  if ((peer.hopLimitMin ?? 0) > (peer.hopLimitMax ?? 255)) {
    complaints.add("E402", word.place, "min_ttl is greater than max_ttl");
    return undefined;
  }
  return givenBy(word, peer);
}
