/**
 * Exit statuses. Where keepalived has one for the same end, it is the same.
 *
 * @module
 */

/** Orderly end. */
export const EXIT_OK = 0;
/** Something outside failed: a file that cannot be written, another daemon running. */
export const EXIT_FATAL = 1;
/** The configuration has errors. Also: a command line that cannot be understood. */
export const EXIT_CONFIG = 2;
/** A permission is missing. */
export const EXIT_PERMISSION = 4;
/** A bug of ours; what was held was released. */
export const EXIT_BUG = 70;
