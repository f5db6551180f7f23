/**
 * Many virtual servers and many checks, on a kernel with IPVS (User Mode Linux, one processor):
 * stayd and keepalived take turns in one run. Times compare within the run only.
 *
 * `deno task bench checks [--services 1000,4000] [--checks 1000] [--only keepalived|stayd]`
 *
 * @module
 */
import { parseArgs } from "@std/cli/parse-args";
import { runInUml } from "../tests/lab/uml.ts";
import { print } from "./report.ts";

const TIMEOUT_MS = 900_000;

const { services, checks, only } = parseArgs(Deno.args, {
  string: ["services", "checks", "only"],
  default: { services: "1000,4000", checks: "1000", only: "" },
});
print("Under User Mode Linux:");
const inside = new URL("./checks_inside.ts", import.meta.url).pathname;
// There the project lies elsewhere.
const path = inside.slice(Deno.cwd().length + 1);
const argv = [Deno.execPath(), "run", "-A", "--no-check", "--cached-only", path];
Deno.exit(
  await runInUml(
    [...argv, ...[services, checks, only].map(String)],
    (bytes) => void Deno.stdout.writeSync(bytes),
    TIMEOUT_MS,
  ),
);
