/**
 * Routes and rules of a simulated host. They outlive the processes that add them; processes are
 * told of what others remove when they read the news.
 *
 * @module
 */
import type { ChangeResult } from "../../net/link_table.ts";
import type { RoutingChange, RoutingEvent, RoutingTable } from "../../net/routing_table.ts";

const ERRNO = { ENOENT: 2, ESRCH: 3, EEXIST: 17 };

/** The routes and rules of a simulated kernel. */
export class KernelRouting {
  /** By all that the kernel was told of them. */
  readonly #entries = new Map<string, RoutingChange>();
  readonly #tables = new Set<ProcessRouting>();

  /** How many routes and rules there are. */
  get count(): number {
    return this.#entries.size;
  }

  /** Opens it for a process; `onNews` is told of news to read, `onChange` of each change. */
  open(
    onEvent: (event: RoutingEvent) => void,
    onNews: () => void,
    onChange: () => void,
  ): ProcessRouting {
    const carryOut = (change: RoutingChange) => {
      onChange();
      return this.#change(change);
    };
    const onClosed = () => void this.#tables.delete(table);
    const table: ProcessRouting = new ProcessRouting({ onEvent, onNews, carryOut, onClosed });
    this.#tables.add(table);
    return table;
  }

  /** Somebody other than stayd removes everything. */
  flush(): void {
    for (const change of this.#entries.values()) {
      for (const table of this.#tables) table.post(eventOf(change));
    }
    this.#entries.clear();
  }

  #change(change: RoutingChange): ChangeResult {
    const key = JSON.stringify("route" in change ? change.route : change.rule);
    const isPresent = this.#entries.has(key);
    if (change.operation === "add") {
      if (isPresent) return { errno: ERRNO.EEXIST };
      this.#entries.set(key, change);
      return { errno: 0 };
    }
    if (!isPresent) return { errno: "route" in change ? ERRNO.ESRCH : ERRNO.ENOENT };
    this.#entries.delete(key);
    return { errno: 0 };
  }
}

/** What a {@linkcode ProcessRouting} is made of. */
export interface ProcessRoutingOptions {
  readonly onEvent: (event: RoutingEvent) => void;
  readonly onNews: () => void;
  readonly carryOut: (change: RoutingChange) => ChangeResult;
  readonly onClosed: () => void;
}

/** As one process sees them. */
export class ProcessRouting implements RoutingTable {
  readonly #options: ProcessRoutingOptions;
  #unread: RoutingEvent[] = [];

  constructor(options: ProcessRoutingOptions) {
    this.#options = options;
  }

  /** Whether there is news that the process has not read. */
  get hasNews(): boolean {
    return this.#unread.length > 0;
  }

  /** The kernel has news. */
  post(event: RoutingEvent): void {
    this.#unread.push(event);
    this.#options.onNews();
  }

  /** Reads all news and tells it. */
  readEvents(): void {
    for (const event of this.#unread.splice(0)) this.#options.onEvent(event);
  }

  change(changes: readonly RoutingChange[]): readonly ChangeResult[] {
    return changes.map((change) => this.#options.carryOut(change));
  }

  /** What was added stays. */
  [Symbol.dispose](): void {
    this.#options.onClosed();
  }
}

function eventOf(change: RoutingChange): RoutingEvent {
  if ("rule" in change) {
    const { family, priority } = change.rule;
    return { type: "ruleGone", family, priority };
  }
  const { destination, table } = change.route;
  return { type: "routeGone", destination, table };
}
