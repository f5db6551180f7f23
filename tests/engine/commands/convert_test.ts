import { assert, assertEquals } from "@std/assert";
import { convertCommand } from "../../../engine/commands/convert.ts";
import { memorySource } from "../config/memory_source.ts";

const CONF = `# The office.

$ID=7
vrrp_instance V {       # the first
    interface eth0
    # Agreed with the others.
    virtual_router_id $ID
    virtual_ipaddress {
        192.0.2.1/24 dev eth1  # web
        192.0.2.2
    }
}
# The end.
`;

const YAML = `# The office.
# Converted by stayd from a.conf.
# What was made of definitions is written out.

vrrp_instance:
  # the first
  V:
    interface: eth0
    # Agreed with the others.
    virtual_router_id: 7
    virtual_ipaddress:
      # web
      - {address: 192.0.2.1/24, dev: eth1}
      - 192.0.2.2
# The end.
`;

const BACK = `# The office.
# Converted by stayd from a.yaml.

# the first
vrrp_instance V {
    interface eth0
    # Agreed with the others.
    virtual_router_id 7
    virtual_ipaddress {
        # web
        192.0.2.1/24 dev eth1
        192.0.2.2
    }
}

# The end.
`;

async function convert(args: readonly string[], files: Record<string, string>) {
  const out = { printed: "", complained: "", written: {} as Record<string, string> };
  const status = await convertCommand(
    args,
    (text) => out.printed += text,
    (text) => out.complained += text,
    {
      source: memorySource({ files }),
      write: (path, text) => out.written[path] = text,
    },
  );
  return { status, ...out };
}

const files = { "a.conf": CONF, "a.yaml": YAML, "bad.conf": "frob\nvrrp_instance {" };

Deno.test("convert: to YAML with comments; what was made of definitions is said", async () => {
  const { status, printed, complained } = await convert(["--to", "yaml", "a.conf"], files);
  assertEquals({ status, complained, printed }, { status: 0, complained: "", printed: YAML });
});

Deno.test("convert: and back", async () => {
  const { status, printed } = await convert(["--to=keepalived", "a.yaml"], files);
  assertEquals({ status, printed }, { status: 0, printed: BACK });
});

Deno.test("convert: to JSON, into a file", async () => {
  const { written, printed } = await convert(["--to", "json", "-o", "b.json", "a.conf"], files);
  assertEquals(printed, "");
  assertEquals(JSON.parse(written["b.json"] ?? "").vrrp_instance.V.virtual_router_id, 7);
});

// deno-fmt-ignore
const WRONG: [args: string[], complaint: string][] = [
  [["a.conf"], "stayd convert: --to must be one of"],
  [["--to", "xml", "a.conf"], "stayd convert: --to must be one of"],
  [["--to", "yaml"], "stayd convert: one file is wanted"],
  [["--to", "yaml", "a.conf", "a.yaml"], "stayd convert: one file is wanted"],
  [["--to", "yaml", "--format", "xml", "a.conf"], "stayd convert: --format must be one of"],
  [["--to", "yaml", "bad.conf"], "bad.conf:1:1: error: unknown keyword 'frob'"],
  [["--to", "yaml", "none.conf"], "none.conf:1:1: error: "],
];

for (const [args, complaint] of WRONG) {
  Deno.test(`convert ${args.join(" ")}: ${complaint}`, async () => {
    const { status, printed, complained } = await convert(args, files);
    assertEquals([status, printed], [2, ""]);
    assert(complained.startsWith(complaint), complained);
  });
}
