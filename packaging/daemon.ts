/**
 * The daemon and nothing else, as `stayd run` in processes of its own. Before it runs any module
 * the runtime looks at all that a program could ever load; so this one starts sooner than cli.ts,
 * which knows every subcommand.
 *
 * `deno run --allow-net --allow-ffi packaging/daemon.ts` is all the permission it needs.
 *
 * @module
 */
import { perform } from "../engine/commands/perform.ts";
import { runCommand } from "../engine/commands/run.ts";

if (import.meta.main) Deno.exit(await perform(runCommand, Deno.args));
