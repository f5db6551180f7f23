/**
 * `deno task bench NAME [OPTIONS]`: measures stayd beside keepalived.
 *
 * @module
 */
const BENCHES: Readonly<Record<string, string>> = {
  failover: "kills and stops of a master: first advertisement and announcement past the ideal",
  takeover: "5,000 addresses: longest silence, false masters, time until all are announced",
  bfd: "BFD: how late a lost neighbour is told of, and what many sessions cost",
  probes: "what checks cost: processor time, checks a second, longest stall of the loop",
  lateness: "how late advertisements are beside 2,000 HTTP checks a second in the same daemon",
  checks: "1,000 checks a second and thousands of virtual servers, on a kernel with IPVS",
  config: "large configurations: time and memory to read them, and to start",
  storm: "10,000 bad packets in a second: longest pause between a master's advertisements",
};

const [name = "", ...rest] = Deno.args;
if (!(name in BENCHES)) {
  print("Usage: deno task bench NAME [OPTIONS]\n");
  for (const [known, what] of Object.entries(BENCHES)) print(`  ${known.padEnd(10)} ${what}`);
  Deno.exit(name === "" ? 0 : 2);
}
const { code } = await new Deno.Command(Deno.execPath(), {
  args: ["run", "-A", new URL(`./${name}.ts`, import.meta.url).pathname, ...rest],
}).spawn().status;
Deno.exit(code);

function print(text: string): void {
  Deno.stdout.writeSync(new TextEncoder().encode(`${text}\n`));
}
