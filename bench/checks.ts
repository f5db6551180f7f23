/**
 * Many virtual servers and many checks, on a kernel with IPVS (User Mode Linux, one processor):
 * stayd and keepalived take turns in one run. Times compare within the run only.
 *
 * `deno task bench checks [--services 1000,4000] [--delay 0] [--checks 1000]
 * [--only keepalived|stayd]`; another version of keepalived than the installed one is compared if
 * it is first in PATH.
 *
 * @module
 */
import { ensurePackages } from "../tests/lab/packages.ts";
import { runInUml } from "../tests/lab/uml.ts";
import { readOptions } from "./options.ts";
import { print } from "./report.ts";

const TIMEOUT_MS = 900_000;

const { services, delay, checks, only } = readOptions({
  services: ["1000,4000", "virtual servers"],
  delay: ["0", "seconds between TCP checks of each of their servers; 0: no checks"],
  checks: ["1000", "TCP checks a second"],
  only: ["", "keepalived or stayd alone"],
});
await ensurePackages(["ipvsadm", "keepalived", "kmod", "user-mode-linux"]);
print("Under User Mode Linux:");
const inside = new URL("./checks_inside.ts", import.meta.url).pathname;
// There the project lies elsewhere.
const path = inside.slice(Deno.cwd().length + 1);
const argv = [Deno.execPath(), "run", "-A", "--no-check", "--cached-only", path];
Deno.exit(
  await runInUml(
    [...argv, services, checks, only, delay],
    (bytes) => void Deno.stdout.writeSync(bytes),
    TIMEOUT_MS,
  ),
);
