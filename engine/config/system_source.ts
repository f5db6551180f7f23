/**
 * The real world for reading configurations.
 *
 * @module
 */
import {
  currentDirectory,
  fileKind,
  getenv,
  glob,
  hostName,
  readFile,
} from "../../net/sys/file.ts";
import { openProgram } from "../scripts/opened_program.ts";
import { userByName } from "../../net/sys/credentials.ts";
import { ERRNO } from "../../net/sys/constants.ts";
import { SyscallError } from "../../net/sys/libc.ts";
import type { ConfigSource } from "./config_source.ts";

const FILE_BYTES_MAX = 16 * 1_024 * 1_024;

/** Files, names and the environment of this machine. */
export const systemSource: ConfigSource = {
  read(path) {
    try {
      return { bytes: readFile(path, FILE_BYTES_MAX) };
    } catch (error) {
      if (!(error instanceof SyscallError)) throw error;
      // Nobody waits for who may never write.
      if (error.errno === ERRNO.EAGAIN) return { error: "it is a pipe (- is standard input)" };
      return { error: error.message.slice(`${error.syscall}: `.length) };
    }
  },
  glob,
  kind(path) {
    try {
      return fileKind(path);
    } catch (error) {
      if (!(error instanceof SyscallError)) throw error;
      return undefined;
    }
  },
  getenv,
  currentDirectory() {
    try {
      return currentDirectory();
    } catch (error) {
      if (!(error instanceof SyscallError)) throw error;
      return "/"; // It was removed. Absolute paths still work.
    }
  },
  hostName,
  scripts: {
    permissions: (path) => openProgram(path)?.permissions,
    userId: (name) => userByName(name)?.uid,
  },
};
