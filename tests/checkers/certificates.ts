/**
 * Certificates made when they are needed, by `openssl`.
 *
 * @module
 */
import { isInstalled, run } from "../lab/command.ts";

/** A certificate with its key, PEM. */
export interface Pair {
  readonly cert: string;
  readonly key: string;
}

/** What the tests need: servers' certificates, and who vouches for them. */
export interface Certificates {
  readonly authority: string;
  /** For web.test and 127.0.0.1, ten days. */
  readonly good: Pair;
  /** The same, but it has ended. */
  readonly ended: Pair;
}

/** Whether certificates can be made here. */
export const HAS_OPENSSL = isInstalled("openssl");

const SUBJECT = "subjectAltName=DNS:web.test,IP:127.0.0.1\nbasicConstraints=CA:FALSE\n";
const NEW_KEY = "-newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes".split(" ");

/** Makes them. */
export async function makeCertificates(): Promise<Certificates> {
  const folder = await Deno.makeTempDir();
  const at = (name: string) => `${folder}/${name}`;
  const read = (name: string) => Deno.readTextFile(at(name));
  const openssl = (...args: string[]) => run(["openssl", ...args]);
  try {
    await Deno.writeTextFile(at("extensions"), SUBJECT);
    const authority = ["-keyout", at("ca.key"), "-out", at("ca.pem"), "-days", "30"];
    await openssl("req", "-x509", ...NEW_KEY, ...authority, "-subj", "/CN=Authority");
    const request = ["-keyout", at("key"), "-out", at("request"), "-subj", "/CN=web.test"];
    await openssl("req", ...NEW_KEY, ...request);
    const sign = (name: string, days: string) => {
      const by = ["-CA", at("ca.pem"), "-CAkey", at("ca.key"), "-CAcreateserial"];
      const what = ["-in", at("request"), "-out", at(name), "-extfile", at("extensions")];
      return openssl("x509", "-req", ...by, ...what, "-days", days);
    };
    await sign("good.pem", "10");
    await sign("ended.pem", "-1");
    const key = await read("key");
    return {
      authority: await read("ca.pem"),
      good: { cert: await read("good.pem"), key },
      ended: { cert: await read("ended.pem"), key },
    };
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}
