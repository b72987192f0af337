/**
 * The PC/SC service in a process of its own, behind the same seam as the native module: `new PcscReader({ load: loadPcscApart({ timers }), timers })`.
 * Each session has a new process, so nothing of a session that failed lives on; the terminal itself never loads the native module.
 * Why: `docs/decisions/2026-11-22-native-driver-apart.md`.
 */
import type { Timers } from '../../agent/domain/clock.js';
import { isWaslError, WaslError } from '../../agent/domain/errors.js';
import { toHex } from '../supervised/messages.js';
import { RESTART_LIMITS, type RestartLimits, Restarts } from '../supervised/restarts.js';
import { forkWorker, type SpawnWorker } from '../supervised/spawn.js';
import { SupervisedWorker, type WorkerLimits } from '../supervised/supervisor.js';
import { transmitResult, wireEvent } from './apart-wire.js';
import type { LoadPcsc, PcscEvent, PcscService, PcscSession } from './native.js';
import { pcscdSocketPath, requirePcscd } from './probe.js';

/** Settings of {@link loadPcscApart}. */
export interface PcscApartOptions {
  readonly timers: Timers;
  /** Starts the process; the compiled `apart-main.js` beside this file unless given. */
  readonly spawn?: SpawnWorker;
  /** Where to ask whether pcscd answers, before a process is started for it. Default: what libpcsclite of this process uses. */
  readonly socketPath?: string;
  readonly limits?: Partial<WorkerLimits>;
  readonly restarts?: RestartLimits;
}

/**
 * Makes a loader of the PC/SC service. The loader starts a first process to see whether the native module is there: it rejects with
 * `ERR_READER_UNAVAILABLE` and what to install when not.
 */
export function loadPcscApart(options: PcscApartOptions): LoadPcsc {
  return async () => {
    const service = new ApartService(options);
    await service.prepare();
    return service;
  };
}

/** A process, and who hears of its session. */
interface Life {
  readonly worker: SupervisedWorker;
  listener: ((event: PcscEvent) => void) | null;
}

class ApartService implements PcscService {
  readonly #options: PcscApartOptions;
  readonly #restarts: Restarts;
  /** A process without a session. */
  #spare: Life | null = null;

  constructor(options: PcscApartOptions) {
    this.#options = options;
    this.#restarts = new Restarts(options.timers, options.restarts ?? RESTART_LIMITS);
  }

  /** Rejects only when no later try will help. */
  async prepare(): Promise<void> {
    const life = this.#begin();
    this.#spare = life;
    await life.worker.started.catch((error: unknown) => {
      if (this.#spare === life) this.#spare = null;
      if (isWaslError(error) && error.details.lasting === true) throw error;
    });
  }

  async open(listener: (event: PcscEvent) => void): Promise<PcscSession> {
    await requirePcscd(this.#options.socketPath ?? pcscdSocketPath(process.env));
    await this.#restarts.rested();
    const life = this.#spare ?? this.#begin();
    this.#spare = null;
    life.listener = listener;
    try {
      await life.worker.started;
      await life.worker.call('open', null);
    } catch (cause) {
      life.listener = null;
      this.#restarts.ended();
      await life.worker.end();
      throw isWaslError(cause, 'ERR_READER_UNAVAILABLE')
        ? cause
        : new WaslError('ERR_READER_UNAVAILABLE', undefined, { cause });
    }
    return sessionOf(life, () => this.#restarts.ended());
  }

  async dismiss(): Promise<void> {
    const life = this.#spare;
    this.#spare = null;
    if (life === null) return;
    this.#restarts.ended();
    await life.worker.end();
  }

  #begin(): Life {
    const life: Life = {
      worker: new SupervisedWorker({
        spawn: this.#options.spawn ?? forkWorker(new URL('./apart-main.js', import.meta.url)),
        timers: this.#options.timers,
        ...(this.#options.limits === undefined ? {} : { limits: this.#options.limits }),
        onEvent: (raw) => {
          const event = wireEvent.safeParse(raw);
          if (event.success) life.listener?.(event.data);
          else life.listener?.({ type: 'failed', message: 'the process of the reader says what nobody understands' });
        },
        onEnd: (why) => {
          if (this.#spare === life) this.#spare = null;
          this.#restarts.died();
          life.listener?.({ type: 'failed', message: `the process of the reader ${why}; it is started again` });
          life.listener = null;
        },
      }),
      listener: null,
    };
    this.#restarts.begun();
    return life;
  }
}

function sessionOf(life: Life, whenEnded: () => void): PcscSession {
  const { worker } = life;
  return {
    connect: async (reader) => void (await worker.call('connect', { reader })),
    disconnect: async (reader, disposition) => void (await worker.call('disconnect', { reader, disposition })),
    transmit: async (reader, command, responseBytesMax) => {
      const answer = transmitResult.safeParse(
        await worker.call('transmit', { reader, command: toHex(command), responseBytesMax }),
      );
      if (!answer.success) throw new WaslError('ERR_CARD_IO', 'the process of the reader answered what is no answer');
      return answer.data;
    },
    close: async () => {
      life.listener = null;
      whenEnded();
      await worker.end('close');
    },
  };
}
