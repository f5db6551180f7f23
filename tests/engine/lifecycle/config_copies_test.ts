/**
 * Copies of configurations.
 *
 * @module
 */
import { assertEquals } from "@std/assert";
import { loadConfig } from "../../../engine/config/load.ts";
import { systemSource } from "../../../engine/config/system_source.ts";
import { ConfigCopies } from "../../../engine/lifecycle/config_copies.ts";

Deno.test("ConfigCopies: each configuration that was loaded, with what it includes, for us alone", () => {
  const folder = Deno.makeTempDirSync();
  const errors: string[] = [];
  const copies = new ConfigCopies(systemSource, { note: (_, text) => void errors.push(text) });
  const load = () => copies.keep(loadConfig(`${folder}/a.conf`, copies.source));
  const directory = `${folder}/kept`;
  const main = `global_defs {\n config_save_dir ${directory}\n}\ninclude b.conf\n`;
  Deno.writeTextFileSync(`${folder}/a.conf`, main);
  Deno.writeTextFileSync(`${folder}/b.conf`, "vrrp_script x {\n script /bin/true\n}\n");
  load();
  Deno.writeTextFileSync(`${folder}/b.conf`, "nonsense\n");
  load(); // What is refused is not kept.
  Deno.writeTextFileSync(`${folder}/b.conf`, "");
  load();
  const names = [0, 1].map((count) => `keepalived.conf.${Deno.pid}.${count}`);
  assertEquals(Array.from(Deno.readDirSync(directory), ({ name }) => name).toSorted(), names);
  const first = Deno.readTextFileSync(`${directory}/${names[0]}`);
  assertEquals(
    first,
    `# ${folder}/a.conf\n${main}\n# ${folder}/b.conf\nvrrp_script x {\n script /bin/true\n}\n\n`,
  );
  const modeOf = (path: string) => (Deno.statSync(path).mode ?? 0) & 0o777;
  assertEquals([modeOf(directory), modeOf(`${directory}/${names[0]}`)], [0o700, 0o600]);
  assertEquals(errors, []);
  Deno.removeSync(folder, { recursive: true });
});

Deno.test("ConfigCopies: a folder that cannot be made is told, and nothing else happens", () => {
  const folder = Deno.makeTempDirSync();
  const errors: string[] = [];
  const copies = new ConfigCopies(systemSource, { note: (_, text) => void errors.push(text) });
  Deno.writeTextFileSync(`${folder}/a.conf`, `global_defs {\n config_save_dir ${folder}/x/y\n}\n`);
  const { config } = copies.keep(loadConfig(`${folder}/a.conf`, copies.source));
  assertEquals(config?.global.files.saveDirectory, `${folder}/x/y`);
  assertEquals(errors.length, 1);
  Deno.removeSync(folder, { recursive: true });
});
