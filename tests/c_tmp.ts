import { chartCommand } from "../engine/commands/chart.ts";
const code = await chartCommand(Deno.args, (t) => Deno.stdout.writeSync(new TextEncoder().encode(t)), (t) => console.error(t));
Deno.exit(code);
