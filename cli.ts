/**
 * The program: dispatches to the subcommands in engine/commands, and ends with their status.
 *
 * `deno run --allow-net --allow-ffi cli.ts` is all the permission it needs.
 *
 * @module
 */
import { dispatch } from "./engine/commands/dispatch.ts";

if (import.meta.main) Deno.exit(await dispatch(Deno.args));
