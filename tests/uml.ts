/**
 * Runs the tests that need a kernel with IPVS, under one.
 *
 * Usage: deno run -A tests/uml.ts [--brief] [PATH…]
 *
 * `--brief` plays some of the timelines only, for a run of all tests that must not take too long.
 *
 * @module
 */
import { runInUml } from "./lab/uml.ts";

const TIMEOUT_MS = 1_500_000;

const BRIEF = "--brief";
const given = Deno.args.filter((argument) => argument !== BRIEF);
const paths = given.length > 0 ? given : ["tests/uml"];
const told = Deno.args.includes(BRIEF) ? ["--", BRIEF] : [];
// Types were checked outside; there is nowhere to fetch from inside.
const test = [Deno.execPath(), "test", "-A", "--no-check", "--cached-only", ...paths, ...told];
const print = (bytes: Uint8Array) => void Deno.stdout.writeSync(bytes);
Deno.exit(await runInUml(test, print, TIMEOUT_MS));
