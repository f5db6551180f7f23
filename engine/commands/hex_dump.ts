/**
 * Octets for people, as genhash shows them.
 *
 * @module
 */

const ROW_OCTETS = 16;
const HALF = 8;

/** Lines of 16 octets: decimal offset, hexadecimal, text. */
export function hexDump(bytes: Uint8Array): string {
  let text = "";
  for (let at = 0; at < bytes.length; at += ROW_OCTETS) {
    const row = Array.from(bytes.subarray(at, at + ROW_OCTETS));
    const hex = (octets: readonly number[]) =>
      octets.map((octet) => `${octet.toString(16).padStart(2, "0")} `).join("").padEnd(3 * HALF);
    const shown = row.map((octet) =>
      octet >= 0x20 && octet <= 0x7e ? String.fromCharCode(octet) : "."
    );
    const offset = String(at).padStart(4, "0");
    const [left, right] = [hex(row.slice(0, HALF)), hex(row.slice(HALF))];
    text += `${offset}  ${left}- ${right}  ${shown.join("").padEnd(ROW_OCTETS)}\n`;
  }
  return text;
}
