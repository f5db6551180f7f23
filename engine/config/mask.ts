/**
 * A configuration without its secrets, for people and logs.
 *
 * @module
 */

/** Fields of the model that hold a secret as text. */
export const SECRET_FIELDS: ReadonlySet<string> = new Set(["password", "hex", "secret"]);
const MASK = "***";

/** The same plain data with secrets masked. */
export function withoutSecrets(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutSecrets);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([field, each]) => [
      field,
      SECRET_FIELDS.has(field) && typeof each === "string" ? MASK : withoutSecrets(each),
    ]),
  );
}
