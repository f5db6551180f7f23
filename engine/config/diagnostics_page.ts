/**
 * docs/diagnostics.md: every code, made from the table.
 *
 * @module
 */
import type { CodeEntry } from "./codes/code.ts";
import { CODES, type PublishedCode } from "./codes.ts";

const AREAS: Readonly<Record<string, string>> = {
  lex: "Lines and definitions",
  file: "Files",
  yaml: "YAML",
  block: "Keywords and braces",
  value: "Values",
  word: "What this version makes of keywords",
  model: "What keywords mean together",
  vrrp: "VRRP",
  bfd: "BFD",
  script: "Scripts",
  allow: "Suppressions",
};

const HEAD = `# Diagnostics

What \`stayd check\` finds, by code. \`E\` refuses the configuration, \`W\` does not.

A warning is suppressed by a remark on its line, or on a line of its own before it, or everywhere
by an option; a suppression that is not needed is a warning itself. Errors cannot be suppressed.

\`\`\`text
preempt_delay 5   # stayd: allow W-model-003
# stayd: allow W-vrrp-006, W-vrrp-007
stayd check --allow W-vrrp-006 keepalived.conf
\`\`\`

keepalived: whether \`keepalived -t\` has something to say there, too.
\`stayd -t\` has keepalived's exit statuses: what is advice of stayd alone does not fail it.
`;

/** The page. */
export function diagnosticsPage(): string {
  const codes = [...CODES];
  const parts = Object.entries(AREAS).map(([area, title]) => {
    const own = codes.filter(([code]) => areaOf(code) === area);
    return `## ${title}\n\n${own.map(section).join("\n")}`;
  });
  return [HEAD, ...parts].join("\n");
}

/** The area of a code: the word in its middle. */
function areaOf(code: PublishedCode): string {
  return code.split("-")[1] ?? "";
}

function section([code, entry]: readonly [PublishedCode, CodeEntry]): string {
  const { title, explanation, example, isAdvice } = entry;
  const theirs = isAdvice ? "silent" : "objects";
  return `### ${code}: ${title}

${explanation} *keepalived: ${theirs}.*

\`\`\`text
${example}
\`\`\`
`;
}
