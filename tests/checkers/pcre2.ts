/**
 * The PCRE2 that is installed (it comes with many programs): the judge of our translation.
 *
 * @module
 */

const NAMES = ["libpcre2-8.so.0", "libpcre2-8.so"];
const SYMBOLS = {
  // pcre2_code *pcre2_compile(PCRE2_SPTR8, size_t, uint32_t, int *, size_t *, compile_context *)
  pcre2_compile_8: {
    parameters: ["buffer", "usize", "u32", "buffer", "buffer", "pointer"],
    result: "pointer",
  },
  // pcre2_match_data *pcre2_match_data_create_from_pattern(const pcre2_code *, general_context *)
  pcre2_match_data_create_from_pattern_8: { parameters: ["pointer", "pointer"], result: "pointer" },
  // int pcre2_match(const pcre2_code *, PCRE2_SPTR8, size_t, size_t, uint32_t, match_data *,
  //                 match_context *)
  pcre2_match_8: {
    parameters: ["pointer", "buffer", "usize", "usize", "u32", "pointer", "pointer"],
    result: "i32",
  },
  // size_t *pcre2_get_ovector_pointer(match_data *)
  pcre2_get_ovector_pointer_8: { parameters: ["pointer"], result: "pointer" },
  // void pcre2_match_data_free(match_data *)
  pcre2_match_data_free_8: { parameters: ["pointer"], result: "void" },
  // void pcre2_code_free(pcre2_code *)
  pcre2_code_free_8: { parameters: ["pointer"], result: "void" },
} as const;

/** pcre2.h. */
const BITS: Readonly<Record<string, number>> = {
  allow_empty_class: 0x1,
  caseless: 0x8,
  dollar_endonly: 0x10,
  dotall: 0x20,
  extended: 0x80,
  firstline: 0x100,
  multiline: 0x400,
  no_auto_capture: 0x2000,
  ucp: 0x20000,
  ungreedy: 0x40000,
  utf: 0x80000,
  alt_circumflex: 0x200000,
};
const NO_MATCH = -1;

function open(): Deno.DynamicLibrary<typeof SYMBOLS>["symbols"] | undefined {
  for (const name of NAMES) {
    try {
      return Deno.dlopen(name, SYMBOLS).symbols;
    } catch {
      continue; // Under another name, or not installed.
    }
  }
  return undefined;
}

const library = open();

/** Whether it is there. */
export const HAS_PCRE2 = library !== undefined;

/**
 * Where the first match begins and ends, in octets; "none", or "invalid" for a pattern that is no
 * pattern or a text that cannot be searched.
 */
export function pcre2Match(
  pattern: string,
  options: readonly string[],
  text: Uint8Array<ArrayBuffer>,
): string {
  if (!library) throw new Error("PCRE2 is not installed");
  const source = new TextEncoder().encode(pattern);
  const bits = options.reduce((sum, option) => sum | (BITS[option] ?? 0), 0);
  const error = [new Uint8Array(4), new Uint8Array(8)] as const;
  const code = library.pcre2_compile_8(source, BigInt(source.length), bits, ...error, null);
  if (code === null) return "invalid";
  const data = library.pcre2_match_data_create_from_pattern_8(code, null);
  try {
    const count = library.pcre2_match_8(code, text, BigInt(text.length), 0n, 0, data, null);
    if (count === NO_MATCH) return "none";
    const ovector = library.pcre2_get_ovector_pointer_8(data);
    if (count < 0 || ovector === null) return "invalid";
    const view = new Deno.UnsafePointerView(ovector);
    return `${view.getBigUint64(0)}-${view.getBigUint64(8)}`;
  } finally {
    library.pcre2_match_data_free_8(data);
    library.pcre2_code_free_8(code);
  }
}
