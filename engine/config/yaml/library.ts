/**
 * The YAML library, kept from the environment: its parser looks for a variable with each token,
 * which would ask the operator for a permission, or fail without it.
 *
 * @module
 */
const { process } = globalThis as unknown as { readonly process: object };
Object.defineProperty(process, "env", { value: {}, writable: true, configurable: true });

/** The library. */
export const yaml: typeof import("yaml") = await import("yaml");
