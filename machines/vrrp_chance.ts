/**
 * The little chance that machines need: handed in as a seed, never drawn from the world.
 *
 * @module
 */

/** A first seed from text: the same for the same text, another on another router. */
export function seedOf(text: string): number {
  let seed = 0x811c9dc5; // FNV-1a.
  for (const char of text) seed = Math.imul(seed ^ (char.codePointAt(0) ?? 0), 0x01000193) >>> 0;
  return seed;
}

/** A chance of at least 0 and less than 1, and the seed of the next (mulberry32). */
export function nextChance(seed: number): { readonly chance: number; readonly next: number } {
  const next = (seed + 0x6d2b79f5) >>> 0;
  let mixed = Math.imul(next ^ (next >>> 15), next | 1);
  mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
  return { chance: ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32, next };
}
