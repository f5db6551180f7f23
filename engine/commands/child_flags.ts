/**
 * What the parent tells a child process on its command line.
 *
 * @module
 */

/** The child sends its journal. */
export const JOURNAL_FLAG = "--journal";
/** Virtual servers stay in the kernel's table at the end. */
export const KEEP_FLAG = "--dont-release-ipvs";
