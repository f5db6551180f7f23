/**
 * Where log lines end: standard error and syslog, through LogTape.
 *
 * @module
 */
import { configureSync, getLogger, type LogRecord, type Sink } from "@logtape/logtape";
import { StandardStream } from "../net/sys/file.ts";
import { type DatagramSocket, openUnixDatagram } from "../net/sys/socket.ts";
import type { PlaceConfig } from "../machines/global_config.ts";
import type { LogLevel, LogWriter } from "./log.ts";

/** Where and how much to log. */
export interface LogOutputOptions {
  readonly detailed: boolean;
  readonly useSyslog: boolean;
  /** Who speaks in syslog, and its process. */
  readonly tag: () => string;
  readonly pid: number;
}

const SYSLOG_SOCKET = "/dev/log";
/** Facility daemon (3), as keepalived's default; severities by level. */
const FACILITY_DAEMON = 3 << 3;
const SEVERITIES: Readonly<Record<string, number>> = {
  debug: 7,
  info: 6,
  warning: 4,
  error: 3,
  fatal: 2,
};

/** Sets LogTape up and returns what writes lines. */
export function openLogOutput({ detailed, useSyslog, tag, pid }: LogOutputOptions): LogWriter {
  const sinks: Record<string, Sink> = { standardError: standardErrorSink() };
  const syslog = useSyslog ? syslogSink(tag, pid) : undefined;
  if (syslog) sinks["syslog"] = syslog;
  configureSync({
    sinks,
    loggers: [
      {
        category: ["stayd"],
        lowestLevel: detailed ? "debug" : "info",
        sinks: Object.keys(sinks),
      },
      // LogTape's own messages: only what is wrong with it.
      { category: ["logtape", "meta"], lowestLevel: "warning", sinks: ["standardError"] },
    ],
    reset: true,
  });
  const logger = getLogger(["stayd"]);
  // The text is data, not a template: braces in it stay as they are.
  const write = (level: LogLevel, text: string) => logger[level]("{text}", { text });
  return write;
}

/** The text of a record. */
function textOf({ message }: LogRecord): string {
  return message.map(String).join("");
}

function standardErrorSink(): Sink {
  const stream = new StandardStream(2);
  return (record) => {
    const time = new Date(record.timestamp).toISOString();
    stream.write(`${time} ${record.level.padEnd(7)} ${textOf(record)}\n`);
  };
}

/** As keepalived's, a tag tells which of several daemons on a machine speaks. */
export function syslogTag({ namespace, instance }: Pick<PlaceConfig, "namespace" | "instance">) {
  return ["stayd", namespace, instance].filter((each) => each !== undefined).join("_");
}

/** Lines for the local syslog daemon (RFC 3164); undefined where there is none. */
function syslogSink(tag: () => string, pid: number): Sink | undefined {
  let socket: DatagramSocket;
  try {
    socket = openUnixDatagram(SYSLOG_SOCKET);
  } catch {
    return undefined;
  }
  const encoder = new TextEncoder();
  return (record) => {
    const priority = FACILITY_DAEMON | (SEVERITIES[record.level] ?? 6);
    // A full socket or a restarted syslog daemon loses lines, not the daemon.
    socket.send([{ bytes: encoder.encode(`<${priority}>${tag()}[${pid}]: ${textOf(record)}`) }]);
  };
}
