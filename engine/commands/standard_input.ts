/**
 * Standard input as a file with the name `-`.
 *
 * @module
 */
import type { ConfigSource } from "../config/config_source.ts";

const INPUT_BYTES_MAX = 16 * 1_024 * 1_024;
const CHUNK_BYTES = 64 * 1_024;

/** A source in which `-` is standard input, read once. */
export function withStandardInput(
  source: ConfigSource,
  readSync = (chunk: Uint8Array) => Deno.stdin.readSync(chunk),
): ConfigSource {
  let content: ReturnType<ConfigSource["read"]> | undefined;
  return {
    ...source,
    read: (path) => path === "-" ? content ??= readAll(readSync) : source.read(path),
  };
}

function readAll(
  readSync: (chunk: Uint8Array) => number | null,
): { readonly bytes: Uint8Array } | { readonly error: string } {
  const chunks: Uint8Array[] = [];
  let sizeBytes = 0;
  for (;;) {
    const chunk = new Uint8Array(CHUNK_BYTES);
    const count = readSync(chunk);
    if (count === null) break;
    sizeBytes += count;
    if (sizeBytes > INPUT_BYTES_MAX) return { error: `more than ${INPUT_BYTES_MAX} bytes` };
    chunks.push(chunk.subarray(0, count));
  }
  const bytes = new Uint8Array(sizeBytes);
  let at = 0;
  for (const chunk of chunks) {
    bytes.set(chunk, at);
    at += chunk.length;
  }
  return { bytes };
}
