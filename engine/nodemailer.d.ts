/**
 * Types for the two parts of nodemailer that we use: the protocol and the message. The package has
 * no declarations, and its main module would ask for the environment and the file system.
 */
declare module "nodemailer/smtp" {
  /** How to reach a server. */
  export interface SmtpOptions {
    readonly host: string;
    readonly port: number;
    /** What is said in EHLO. */
    readonly name: string;
    /** TLS from the first octet. */
    readonly secure: boolean;
    /** STARTTLS or nothing. */
    readonly requireTLS: boolean;
    /** No STARTTLS, even if it is offered. */
    readonly ignoreTLS: boolean;
    readonly connectionTimeout: number;
    readonly greetingTimeout: number;
    readonly socketTimeout: number;
    readonly tls?: { readonly ca?: readonly string[] };
  }
  type Then = (error: Error | null | undefined) => void;
  /** One connection. */
  export default class SMTPConnection {
    constructor(options: SmtpOptions);
    on(event: "error", heed: (error: Error) => void): void;
    on(event: "end", heed: () => void): void;
    connect(then: Then): void;
    login(who: { readonly user: string; readonly pass: string }, then: Then): void;
    send(
      envelope: { readonly from: string; readonly to: readonly string[] },
      message: Uint8Array,
      then: Then,
    ): void;
    quit(): void;
    close(): void;
  }
}

declare module "nodemailer/mime" {
  /** Somebody who is written to. */
  export interface Address {
    readonly name: string;
    readonly address: string;
  }
  /** A message of one part. */
  export default class MimeNode {
    constructor(contentType: string, options: { readonly hostname: string });
    setHeader(name: string, value: string | readonly Address[]): this;
    setContent(text: string): this;
    build(then: (error: Error | null | undefined, message: Uint8Array) => void): void;
  }
}
