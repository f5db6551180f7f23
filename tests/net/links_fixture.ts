/**
 * Tests of `Links` in a private namespace, with iproute2 as the judge.
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import { ip } from "../../net/address.ts";
import type { AddressChange, LinkEvent } from "../../net/link_table.ts";
import type { Links } from "../../net/links.ts";
import {
  addressLines,
  addressLinesOfIp,
  linkLines,
  linkLinesOfIp,
  routeLines,
  routeLinesOfIp,
} from "./ip_json.ts";
import { IS_ROOT, Namespace } from "./namespace.ts";

/** How often and how long to wait for what the kernel does in its own time. */
const SETTLE_ATTEMPTS = 60;
const SETTLE_MS = 50;

/** A test in a namespace of its own. */
export function netTest(name: string, body: (namespace: Namespace) => void | Promise<void>): void {
  Deno.test({
    name,
    ignore: !IS_ROOT,
    fn: async () => {
      using namespace = new Namespace();
      await body(namespace);
    },
  });
}

/** Reads all events that are there. */
export function readAll(links: Links): void {
  while (links.readEvents());
}

function allAddresses(links: Links): string[] {
  return addressLines([...links.links()].flatMap(({ index }) => links.addressesOf(index)));
}

/** Fails unless the table is what iproute2 sees. Carrier and DAD settle in their own time. */
export async function assertSameAsIp(
  links: Links,
  namespace: Namespace,
  withRoutes = false,
): Promise<void> {
  const compare = () => {
    readAll(links);
    const seen = namespace.links();
    readAll(links);
    assertEquals(linkLines(links.links()), linkLinesOfIp(seen));
    assertEquals(allAddresses(links), addressLinesOfIp(seen));
    if (!withRoutes) return;
    const routes = namespace.routes();
    readAll(links);
    const indexOf = (name: string) => links.linkByName(name)?.index;
    assertEquals(routeLines(links.routes()), routeLinesOfIp(routes, indexOf));
  };
  for (let attempt = 0; attempt < SETTLE_ATTEMPTS; attempt++) {
    try {
      return compare();
    } catch {
      await new Promise((resolve) => setTimeout(resolve, SETTLE_MS));
    }
  }
  compare();
}

/** The table as it follows from the events alone, which must fit together. */
export class Follower {
  readonly links = new Map<number, string>();
  readonly addresses = new Set<string>();

  constructor(table: Links) {
    for (const { index, name } of table.links()) {
      this.links.set(index, name);
      for (const { ip, prefixLength } of table.addressesOf(index)) {
        this.addresses.add(`${index} ${ip}/${prefixLength}`);
      }
    }
    table.subscribe((event) => this.#follow(event));
  }

  #follow(event: LinkEvent): void {
    switch (event.type) {
      case "link":
        assertEquals(this.links.get(event.link.index), event.previous?.name);
        this.links.set(event.link.index, event.link.name);
        break;
      case "linkGone":
        assert(this.links.delete(event.link.index));
        break;
      case "address":
      case "addressGone": {
        const { interfaceIndex, ip, prefixLength } = event.address;
        const key = `${interfaceIndex} ${ip}/${prefixLength}`;
        if (event.type === "addressGone") assert(this.addresses.delete(key));
        else {
          assertEquals(this.addresses.has(key), event.previous !== undefined);
          this.addresses.add(key);
        }
        break;
      }
    }
  }

  assertSameAs(table: Links): void {
    const other = new Follower(table);
    assertEquals([...this.links].sort(), [...other.links].sort());
    assertEquals([...this.addresses].sort(), [...other.addresses].sort());
  }
}

/** Changes of one link, `+` or `-` and the address. */
export function changesOf(index: number, ...texts: string[]): AddressChange[] {
  return texts.map((text) => {
    const [address = "", prefixLength] = text.slice(1).split("/");
    return {
      operation: text.startsWith("+") ? "add" : "delete",
      interfaceIndex: index,
      ip: ip(address),
      prefixLength: Number(prefixLength ?? 32),
      flags: address.includes(":") ? 0x2 : 0, // No DAD: one event per change.
    };
  });
}

/** The index of a link that there is. */
export function indexOf(links: Links, name: string): number {
  const link = links.linkByName(name);
  assert(link !== undefined, `no link ${name}`);
  return link.index;
}
