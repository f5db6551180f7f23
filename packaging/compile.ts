/**
 * Makes one binary of stayd: `deno compile`, with the permissions the daemon needs.
 *
 * Deno downloads the binary's runtime from dl.deno.land, once; where that cannot be reached this
 * says so. `DENORT_BIN=/path/denort` uses a runtime that is there already.
 *
 * Usage: deno task compile [OUTPUT]
 *
 * @module
 */
const output = Deno.args[0] ?? "stayd";
const { success, stderr } = await new Deno.Command(Deno.execPath(), {
  args: ["compile", "--allow-net", "--allow-ffi", "--no-prompt", "--output", output, "cli.ts"],
  stdin: "null",
  stdout: "inherit",
  stderr: "piped",
}).output();
const said = new TextDecoder().decode(stderr);
Deno.stderr.writeSync(stderr);
if (success) print(`\nMade ${output}: try ./${output} --version`);
else if (/dl\.deno\.land|denort|error sending request|client error/i.test(said)) {
  print(
    "\nCannot make the binary: Deno's runtime for compiled programs could not be downloaded from " +
      "dl.deno.land.\nTry again where that host can be reached, or give a downloaded runtime " +
      "with DENORT_BIN=/path/to/denort.\nWithout a binary, run it as: " +
      "deno run --allow-net --allow-ffi cli.ts",
  );
}
Deno.exit(success ? 0 : 1);

function print(text: string): void {
  Deno.stdout.writeSync(new TextEncoder().encode(`${text}\n`));
}
