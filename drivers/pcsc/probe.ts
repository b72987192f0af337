/**
 * Asks whether pcscd answers, without the native module: with the daemon down or hung, the module's constructor blocks the
 * event loop for as long as that lasts (`PCSCLite::PCSCLite` loops on `SCardEstablishContext`).
 */
import { connect } from 'node:net';
import { WaslError } from '../../agent/domain/errors.js';

/** Where pcscd listens when nothing else is said (pcsc-lite `PCSCLITE_CSOCK_NAME`). */
export const PCSCD_SOCKET_PATH = '/run/pcscd/pcscd.comm';

/** Time that pcscd has to answer a greeting. */
const ANSWER_TIMEOUT_MS = 1_000;

/**
 * The socket that libpcsclite of this process connects to: `PCSCLITE_CSOCK_NAME` when set, else {@link PCSCD_SOCKET_PATH}.
 * The library reads it once, at its first use.
 */
export function pcscdSocketPath(env: Readonly<Record<string, string | undefined>>): string {
  const configured = env.PCSCLITE_CSOCK_NAME;
  return configured === undefined || configured === '' ? PCSCD_SOCKET_PATH : configured;
}

/**
 * The greeting of a libpcsclite client: header (size of the body, CMD_VERSION 0x11) and version_struct (protocol 4.4, no
 * result yet), each number 32 bits in the byte order of the machine. Source: pcsc-lite `winscard_msg.h`.
 * A daemon of another protocol version answers too, with a refusal: an answer is all we look for.
 */
function greeting(): Buffer {
  const numbers = Uint32Array.of(12, 0x11, 4, 4, 0);
  return Buffer.from(numbers.buffer);
}

/**
 * `answers`: a pcscd is at work. `silent`: it accepts and says nothing (hung). `refuses`: it hangs up on this user (polkit), or the
 * socket may not be opened. `absent`: nobody serves the socket.
 */
export type PcscdState = 'answers' | 'silent' | 'refuses' | 'absent';

/** Finds out within a second which it is. Never rejects. */
export function probePcscd(socketPath: string): Promise<PcscdState> {
  return new Promise((resolve) => {
    const socket = connect(socketPath);
    let connected = false;
    const settle = (state: PcscdState): void => {
      socket.destroy();
      resolve(state);
    };
    socket.setTimeout(ANSWER_TIMEOUT_MS, () => settle('silent'));
    socket.once('connect', () => {
      connected = true;
      socket.write(greeting());
    });
    socket.once('data', () => settle('answers'));
    socket.once('error', (error: NodeJS.ErrnoException) => {
      settle(connected || error.code === 'EACCES' ? 'refuses' : 'absent');
    });
    socket.once('close', () => settle(connected ? 'refuses' : 'absent'));
  });
}

/** What keeps a session from being opened, for people. */
const WHY_NOT: Readonly<Record<Exclude<PcscdState, 'answers'>, string>> = {
  absent: 'pcscd is not running',
  refuses: 'pcscd refuses this user: a polkit rule must allow it',
  silent: 'pcscd hangs: it takes the connection and does not answer',
};

/** Resolves when a pcscd answers on this socket. Rejects with `ERR_READER_UNAVAILABLE` and what is wrong when none does. */
export async function requirePcscd(socketPath: string): Promise<void> {
  const state = await probePcscd(socketPath);
  if (state !== 'answers') throw new WaslError('ERR_READER_UNAVAILABLE', `${WHY_NOT[state]} (${socketPath})`);
}
