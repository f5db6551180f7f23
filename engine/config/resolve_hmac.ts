/**
 * `auth_hmac` with its keys at hand and its defaults.
 *
 * @module
 */
import type { HmacConfig, HmacKey } from "../../machines/auth_config.ts";
import { readSecret } from "./authentication.ts";
import type { ConfigSource } from "./config_source.ts";
import type { Complaints } from "./diagnostic.ts";
import type { HmacDraft, HmacKeyDraft } from "./drafts.ts";

const WINDOW_SEC = { least: 5, max: 300 };
/** So many advertisements may pass before clocks count as different. */
const WINDOW_ADVERTISEMENTS = 3;
const CS_PER_SEC = 100;
/** Bits of a mode that let others read. */
const OTHERS_MAY_READ = 0o044;
const FILE_BYTES_MAX = 1_024;

/** What an instance is, besides its keys. */
export interface HmacSubject {
  readonly advertisementIntervalCs: number;
  readonly strict: boolean;
  readonly source: ConfigSource;
  readonly complaints: Complaints;
}

/** Keys are read from their files; undefined if something essential is missing. */
export function resolveHmac(draft: HmacDraft, subject: HmacSubject): HmacConfig | undefined {
  const { complaints, advertisementIntervalCs, strict } = subject;
  const { activeKey, place, antiReplay, mode } = draft;
  const keys = [...draft.keys.values()].flatMap((key) => keyOf(key, subject) ?? []);
  if (!activeKey) {
    complaints.add("E401", place, "auth_hmac needs an active_key");
    return undefined;
  }
  if (!draft.keys.has(activeKey.value)) {
    // Its line may be that of another finding.
    const message = `there is no key ${activeKey.value}`;
    if (complaints.isFine) complaints.add("E-model-006", activeKey.place, message);
    return undefined;
  }
  if (strict && mode && mode.value !== "enforce") {
    complaints.add("W403", mode.place, "strict mode takes only what is signed: enforce is used");
  }
  const windowSec = Math.ceil(WINDOW_ADVERTISEMENTS * advertisementIntervalCs / CS_PER_SEC);
  const least = Math.min(Math.max(WINDOW_SEC.least, windowSec), WINDOW_SEC.max);
  return {
    keys,
    activeKey: activeKey.value,
    timeWindowSec: draft.timeWindowSec?.value ?? least,
    antiReplay: antiReplay?.value ?? "time",
    mode: strict ? "enforce" : mode?.value ?? "enforce",
  };
}

function keyOf(key: HmacKeyDraft, { source, complaints }: HmacSubject): HmacKey | undefined {
  const { id, place } = key;
  if ("hex" in key) return { id, hex: key.hex };
  const content = source.read(key.path);
  if ("error" in content) {
    complaints.add("E-file-001", place, `cannot read key ${id} from ${key.path}: ${content.error}`);
    return undefined;
  }
  const [permissions] = source.scripts?.permissions(key.path) ?? [];
  if (permissions && (permissions.mode & OTHERS_MAY_READ) !== 0) {
    const message = `others than its owner may read the key in ${key.path}`;
    complaints.add("W602", place, message, `chmod 600 ${key.path}`);
  }
  const text = content.bytes.length > FILE_BYTES_MAX
    ? ""
    : new TextDecoder().decode(content.bytes).replace(/\r?\n$/, "");
  const secret = readSecret(text, place, complaints);
  return secret && "hex" in secret ? { id, hex: secret.hex } : undefined;
}
