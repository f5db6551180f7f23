/**
 * The version of stayd: the one in deno.json, which a test compares.
 *
 * @module
 */

/** Semantic version. */
export const VERSION = "0.1.0";
