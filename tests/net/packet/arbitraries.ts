/**
 * fast-check arbitraries of what packets are made of, each over its whole range.
 *
 * @module
 */
import fc from "fast-check";
import { type Family, type Ip, ipFromBytes, type Mac, macFromBytes } from "../../../net/address.ts";

/** 0 to 255. */
export const octet = fc.nat({ max: 0xff });
/** 0 to 65535. */
export const word = fc.nat({ max: 0xffff });
/** 0 to 2^32 - 1. */
export const longWord = fc.nat({ max: 0xffff_ffff });

/** That many octets. */
export function octets(minLength: number, maxLength = minLength): fc.Arbitrary<Uint8Array> {
  return fc.uint8Array({ minLength, maxLength });
}

/** Any address of a family. IPv6 has runs of zeros often enough to meet `::`. */
export function address(family: Family): fc.Arbitrary<Ip> {
  if (family === 4) return octets(4).map(ipFromBytes);
  const group = fc.oneof(fc.constant(0), word);
  return fc.array(group, { minLength: 8, maxLength: 8 }).map((groups) =>
    ipFromBytes(Uint8Array.from(groups.flatMap((value) => [value >> 8, value & 0xff])))
  );
}

/** Any MAC address. */
export const mac: fc.Arbitrary<Mac> = octets(6).map(macFromBytes);

/** Either family. */
export const family: fc.Arbitrary<Family> = fc.constantFrom<Family[]>(4, 6);
