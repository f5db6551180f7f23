/**
 * Runs the tests that need a kernel with IPVS, under one.
 *
 * Usage: deno run -A tests/uml.ts [PATH…]
 *
 * @module
 */
import { runInUml } from "./lab/uml.ts";

const TIMEOUT_MS = 1_500_000;

const paths = Deno.args.length > 0 ? Deno.args : ["tests/uml"];
// Types were checked outside; there is nowhere to fetch from inside.
const test = [Deno.execPath(), "test", "-A", "--no-check", "--cached-only", ...paths];
const print = (bytes: Uint8Array) => void Deno.stdout.writeSync(bytes);
Deno.exit(await runInUml(test, print, TIMEOUT_MS));
