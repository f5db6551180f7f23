/**
 * A process's table of interfaces. Like the real one it knows only the news that the process has
 * read: one that was stalled has an old picture.
 *
 * @module
 */
import { LinkState } from "../../net/link_state.ts";
import type {
  AddressChange,
  ChangeResult,
  InterfaceAddress,
  Link,
  LinkEvent,
  LinkTable,
} from "../../net/link_table.ts";
import type { Kernel } from "./kernel.ts";

/** A process's table of interfaces: what it has read of the kernel's news. */
export class KernelLinks implements LinkTable, Disposable {
  readonly #kernel: Kernel;
  readonly #onChange: () => void;
  readonly #state: LinkState = new LinkState((event) => void this.#untold.push(event));
  #untold: LinkEvent[] = [];
  #unread: LinkEvent[] = [];
  #listeners: readonly ((event: LinkEvent) => void)[] = [];
  #telling = false;
  readonly #unsubscribe: () => void;

  /** `onNews` is told of news to read, `onChange` of each change asked for. */
  constructor(kernel: Kernel, onNews: () => void, onChange: () => void) {
    this.#kernel = kernel;
    this.#onChange = onChange;
    const links = [...kernel.links()];
    this.#state.replaceAll(links, links.flatMap(({ index }) => kernel.addressesOf(index)));
    this.#untold = []; // Nobody could listen yet.
    this.#unsubscribe = kernel.subscribe((event) => {
      this.#unread.push(event);
      onNews();
    });
  }

  /** Whether there is news that the process has not read. */
  get hasNews(): boolean {
    return this.#unread.length > 0;
  }

  /** Reads all news and tells it. */
  readEvents(): void {
    this.#catchUp();
    this.#tell();
  }

  links(): Iterable<Link> {
    return this.#state.links();
  }

  linkByName(name: string): Link | undefined {
    return this.#state.linkByName(name);
  }

  linkByIndex(index: number): Link | undefined {
    return this.#state.linkByIndex(index);
  }

  addressesOf(index: number): readonly InterfaceAddress[] {
    return this.#state.addressesOf(index);
  }

  /** Takes in all that the kernel has told so far, and tells it. */
  catchUp(): void {
    this.readEvents();
  }

  changeAddresses(changes: readonly AddressChange[]): readonly ChangeResult[] {
    this.#catchUp(); // What others did before is not our doing.
    const results = changes.map((change) => {
      this.#onChange();
      return this.#kernel.change(change);
    });
    for (const [i, change] of changes.entries()) {
      if (results[i]?.errno === 0) this.#state.expect(change);
    }
    this.#catchUp();
    this.#state.expectNothing();
    this.#tell();
    return results;
  }

  subscribe(listener: (event: LinkEvent) => void): () => void {
    this.#listeners = [...this.#listeners, listener];
    return () => {
      this.#listeners = this.#listeners.filter((other) => other !== listener);
    };
  }

  /** Ends it; what was asked for stays in the kernel. */
  [Symbol.dispose](): void {
    this.#unsubscribe();
  }

  #catchUp(): void {
    for (const event of this.#unread) {
      switch (event.type) {
        case "link":
          this.#state.setLink(event.link);
          break;
        case "linkGone":
          this.#state.removeLink(event.link.index);
          break;
        case "address":
          this.#state.setAddress(event.address);
          break;
        case "addressGone":
          this.#state.removeAddress(event.address);
      }
    }
    this.#unread = [];
  }

  /** Tells in order, also when a listener makes changes: those are told after what is under way. */
  #tell(): void {
    if (this.#telling) return;
    this.#telling = true;
    try {
      // The list grows while it is walked.
      for (const event of this.#untold) {
        for (const listener of this.#listeners) listener(event);
      }
    } finally {
      this.#untold = [];
      this.#telling = false;
    }
  }
}
