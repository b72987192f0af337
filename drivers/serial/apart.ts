/**
 * Serial ports in a process of their own, behind the same seam as the native module: `new SerialLineReader({ path, loadOpen: loadOpenSerialApart({ timers }) })`.
 * Each opened port has a new process. Why: `docs/decisions/2026-11-22-native-driver-apart.md`.
 */
import { access, constants } from 'node:fs/promises';
import type { Timers } from '../../agent/domain/clock.js';
import { isWaslError, WaslError } from '../../agent/domain/errors.js';
import { toHex } from '../supervised/messages.js';
import { RESTART_LIMITS, type RestartLimits, Restarts } from '../supervised/restarts.js';
import { forkWorker, type SpawnWorker } from '../supervised/spawn.js';
import { SupervisedWorker, type WorkerLimits } from '../supervised/supervisor.js';
import { wireEvent } from './apart-wire.js';
import {
  explainOpenError,
  type OpenSerial,
  type SerialAddress,
  type SerialHandlers,
  type SerialLink,
} from './serial-port.js';

/** Settings of {@link loadOpenSerialApart}. */
export interface SerialApartOptions {
  readonly timers: Timers;
  /** Starts the process; the compiled `apart-main.js` beside this file unless given. */
  readonly spawn?: SpawnWorker;
  readonly limits?: Partial<WorkerLimits>;
  readonly restarts?: RestartLimits;
}

/**
 * A loader for the serial driver. Where the native module is missing, each attempt to open rejects with `ERR_READER_UNAVAILABLE` that says what to install: the device
 * may not even be there, and a process only to ask would be one too many.
 */
export function loadOpenSerialApart(options: SerialApartOptions): () => Promise<OpenSerial> {
  return async () => {
    const restarts = new Restarts(options.timers, options.restarts ?? RESTART_LIMITS);
    return (address) => openApart(options, restarts, address);
  };
}

async function openApart(options: SerialApartOptions, restarts: Restarts, address: SerialAddress): Promise<SerialLink> {
  await requireDevice(address.path);
  await restarts.rested();
  const port = new ApartPort(options, restarts);
  await port.open(address);
  return port;
}

/** No process is started for a device that is not there, or that we may not open. */
async function requireDevice(path: string): Promise<void> {
  try {
    await access(path, constants.R_OK | constants.W_OK);
  } catch (cause) {
    throw new WaslError('ERR_READER_UNAVAILABLE', explainOpenError(path, cause), { cause });
  }
}

/** One port and its process. */
class ApartPort implements SerialLink {
  readonly #worker: SupervisedWorker;
  readonly #restarts: Restarts;
  #handlers: SerialHandlers | null = null;
  /** Why the port was lost before anybody listened. */
  #lostEarly: string | null = null;

  constructor(options: SerialApartOptions, restarts: Restarts) {
    this.#restarts = restarts;
    restarts.begun();
    this.#worker = new SupervisedWorker({
      spawn: options.spawn ?? forkWorker(new URL('./apart-main.js', import.meta.url)),
      timers: options.timers,
      ...(options.limits === undefined ? {} : { limits: options.limits }),
      onEvent: (raw) => this.#take(raw),
      onEnd: (why) => {
        restarts.died();
        this.#lose(`the process of the serial port ${why}; it is started again`);
      },
    });
  }

  async open(address: SerialAddress): Promise<void> {
    try {
      await this.#worker.started;
      await this.#worker.call('open', address);
    } catch (cause) {
      this.#restarts.ended();
      await this.#worker.end();
      if (isWaslError(cause, 'ERR_READER_UNAVAILABLE')) throw cause;
      throw new WaslError('ERR_READER_UNAVAILABLE', explainOpenError(address.path, cause), { cause });
    }
  }

  listen(handlers: SerialHandlers): void {
    this.#handlers = handlers;
    if (this.#lostEarly !== null) this.#lose(this.#lostEarly);
    else this.#worker.call('listen', null).catch(() => undefined);
  }

  async write(bytes: Uint8Array): Promise<void> {
    await this.#worker.call('write', { bytes: toHex(bytes) });
  }

  async close(): Promise<void> {
    this.#handlers = null;
    this.#restarts.ended();
    await this.#worker.end('close');
  }

  #take(raw: unknown): void {
    const event = wireEvent.safeParse(raw);
    if (!event.success) this.#drop('the process of the serial port says what nobody understands');
    else if (event.data.type === 'data') this.#handlers?.onData(event.data.bytes);
    else this.#drop(event.data.reason);
  }

  /** The port is gone, and its process with it. */
  #drop(reason: string): void {
    this.#lose(reason);
    this.#restarts.ended();
    void this.#worker.end();
  }

  #lose(reason: string): void {
    const handlers = this.#handlers;
    this.#handlers = null;
    if (handlers === null) this.#lostEarly = reason;
    else handlers.onLost(reason);
  }
}
