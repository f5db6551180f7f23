/**
 * The kernel's packet filter, in the words of `nft`: libnftables, if it is installed.
 *
 * @module
 */
import { assert } from "../assert.ts";
import { cString, otherLibrary } from "./libc.ts";

const LIBRARY = "libnftables.so.1";
const SYMBOLS = {
  // struct nft_ctx *nft_ctx_new(uint32_t flags)
  nft_ctx_new: { parameters: ["u32"], result: "pointer" },
  // void nft_ctx_free(struct nft_ctx *context)
  nft_ctx_free: { parameters: ["pointer"], result: "void" },
  // int nft_ctx_buffer_output(struct nft_ctx *context)
  nft_ctx_buffer_output: { parameters: ["pointer"], result: "i32" },
  // int nft_ctx_buffer_error(struct nft_ctx *context)
  nft_ctx_buffer_error: { parameters: ["pointer"], result: "i32" },
  // const char *nft_ctx_get_output_buffer(struct nft_ctx *context)
  nft_ctx_get_output_buffer: { parameters: ["pointer"], result: "pointer" },
  // const char *nft_ctx_get_error_buffer(struct nft_ctx *context)
  nft_ctx_get_error_buffer: { parameters: ["pointer"], result: "pointer" },
  // void nft_ctx_output_set_flags(struct nft_ctx *context, unsigned flags)
  nft_ctx_output_set_flags: { parameters: ["pointer", "u32"], result: "void" },
  // int nft_run_cmd_from_buffer(struct nft_ctx *context, const char *text)
  nft_run_cmd_from_buffer: { parameters: ["pointer", "buffer"], result: "i32" },
} as const;

/** Listings without counters and without what sets have in them. */
const NFT_CTX_OUTPUT_STATELESS = 1 << 2;
const NFT_CTX_OUTPUT_TERSE = 1 << 11;

/** What a command said. */
export type NftAnswer =
  | { readonly output: string }
  /** The first line of what is wrong; nothing was changed. */
  | { readonly problem: string };

/** The packet filter of the network namespace it is used in. */
export class Nftables implements Disposable {
  readonly #library: Deno.DynamicLibrary<typeof SYMBOLS>["symbols"];
  readonly #context: Deno.PointerValue;

  private constructor(library: Deno.DynamicLibrary<typeof SYMBOLS>["symbols"]) {
    this.#library = library;
    this.#context = library.nft_ctx_new(0);
    assert(this.#context !== null, "libnftables makes a context, or there is no memory");
    library.nft_ctx_buffer_output(this.#context);
    library.nft_ctx_buffer_error(this.#context);
  }

  /** Opens it; undefined if the library is not installed. */
  static open(): Nftables | undefined {
    const library = otherLibrary(LIBRARY, SYMBOLS);
    return library && new Nftables(library);
  }

  /** Carries out commands: all of them, or none. */
  run(commands: string): NftAnswer {
    return this.#run(commands, NFT_CTX_OUTPUT_STATELESS);
  }

  /** The same for listings that leave out what sets and maps have in them. */
  list(commands: string): NftAnswer {
    return this.#run(commands, NFT_CTX_OUTPUT_STATELESS | NFT_CTX_OUTPUT_TERSE);
  }

  [Symbol.dispose](): void {
    this.#library.nft_ctx_free(this.#context);
  }

  #run(commands: string, flags: number): NftAnswer {
    this.#library.nft_ctx_output_set_flags(this.#context, flags);
    const status = this.#library.nft_run_cmd_from_buffer(this.#context, cString(commands));
    const output = textAt(this.#library.nft_ctx_get_output_buffer(this.#context));
    const complaint = textAt(this.#library.nft_ctx_get_error_buffer(this.#context));
    if (status === 0) return { output };
    return { problem: complaint.split("\n").find((line) => line !== "") ?? "it refused" };
  }
}

function textAt(pointer: Deno.PointerValue): string {
  return pointer === null ? "" : Deno.UnsafePointerView.getCString(pointer);
}
