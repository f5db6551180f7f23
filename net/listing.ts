/**
 * Lists everything of one kind that the kernel has: links, addresses or routes.
 *
 * @module
 */
import { assert } from "./assert.ts";
import type { MessageWriter } from "./netlink/message.ts";
import { decodeNews, type News } from "./netlink/rtnetlink.ts";
import type { NetlinkClient } from "./netlink_client.ts";

/** What the kernel listed. */
export interface Listing {
  /** 0, or why there is nothing. */
  readonly errno: number;
  readonly news: readonly News[];
  /** Messages that were malformed. */
  readonly refusedCount: number;
}

const ATTEMPTS_MAX = 5;

/**
 * Asks for one listing after the other; `requests` write them. A listing that was disturbed by a
 * change can only lack things, so it is repeated, and the attempts are put together, latest last:
 * what is gone meanwhile has an event of its own.
 */
export function list(
  client: NetlinkClient,
  requests: readonly ((writer: MessageWriter) => void)[],
): Listing {
  const news: News[] = [];
  let refusedCount = 0;
  for (const request of requests) {
    for (let attempt = 0; attempt < ATTEMPTS_MAX; attempt++) {
      const [outcome] = client.transact(request, (message) => {
        const item = decodeNews(message);
        if (typeof item === "string") refusedCount++;
        else if (item !== undefined) news.push(item);
      });
      assert(outcome !== undefined, "A listing is one request");
      if (outcome.errno !== 0) return { errno: outcome.errno, news: [], refusedCount };
      if (outcome.interrupted !== true) break;
    }
  }
  return { errno: 0, news, refusedCount };
}
