/**
 * The thin adapter to the native module: `nfc-pcsc` finds the readers, its `@pokusew/pcsclite` readers do the rest.
 * Measured faults of nfc-pcsc 0.8.1 that this works around: a failed connect is emitted as an event named after the error
 * and nobody hears it; a card that was swapped between two looks is missed; after a failed disconnect the old handle is
 * used for the next card; an instance whose pcscd died never recovers (close it, open another); the end of a reader that was
 * pulled out may never be told, and its name is then taken for ever (see {@link tellEveryEnd}).
 * Not worked around: constructing, closing and collecting native objects talks to pcscd on this thread, so a daemon that
 * hangs at such a moment stops the event loop. Only a process of its own helps against that.
 */
import { setImmediate as nextTurn, setTimeout as pause } from 'node:timers/promises';
import type { NativeReader, NFC, Reader } from 'nfc-pcsc';
import { WaslError } from '../../agent/domain/errors.js';
import type { Disposition, LoadPcsc, PcscEvent, PcscService, PcscSession } from './native.js';
import { pcscdSocketPath, probePcscd, requirePcscd } from './probe.js';
import { cardChanges, cardError } from './scard.js';

type NfcModule = Pick<typeof import('nfc-pcsc'), 'NFC'>;
type Callback<T> = (error: unknown, value: T) => void;

/** Settings of {@link loadNfcPcsc}. */
export interface NfcPcscOptions {
  /** Where to ask whether pcscd answers. Default: what libpcsclite of this process uses, see `pcscdSocketPath`. */
  readonly socketPath?: string;
}

/** Says what to install, in one sentence. */
const NOT_INSTALLED =
  'the PC/SC module nfc-pcsc is not built: install pcscd and libpcsclite-dev, then run "npm rebuild @pokusew/pcsclite"';

/**
 * Makes a loader of the native part. It rejects with `ERR_READER_UNAVAILABLE` and what to install when the optional
 * package `nfc-pcsc` is missing or was never built.
 */
export function loadNfcPcsc(options: NfcPcscOptions = {}): LoadPcsc {
  return async () => {
    let module: NfcModule;
    try {
      module = await import('nfc-pcsc');
    } catch (cause) {
      throw new WaslError('ERR_READER_UNAVAILABLE', NOT_INSTALLED, { cause });
    }
    if (typeof module.NFC !== 'function') throw new WaslError('ERR_READER_UNAVAILABLE', NOT_INSTALLED);
    return serviceOf(module, options.socketPath ?? pcscdSocketPath(process.env));
  };
}

function serviceOf(module: NfcModule, socketPath: string): PcscService {
  return {
    open: async (listener) => {
      await requirePcscd(socketPath);
      return new NfcSession(new module.NFC(), socketPath, listener);
    },
  };
}

/** How long closing waits for native calls that are still out, and for native threads to end. */
const CLOSE_TIMEOUT_MS = 1_000;

/** A reader, the protocol of its connection, and the native calls for it that have not come back. */
interface Attached {
  readonly native: NativeReader;
  readonly calls: Set<Promise<unknown>>;
  /** Resolves when the native thread that watches this reader has ended. */
  readonly ended: Promise<void>;
  protocol: number;
}

/** One `NFC` instance and its readers. */
class NfcSession implements PcscSession {
  readonly #nfc: NFC;
  readonly #socketPath: string;
  readonly #readers = new Map<string, Attached>();
  #listener: ((event: PcscEvent) => void) | null;

  constructor(nfc: NFC, socketPath: string, listener: (event: PcscEvent) => void) {
    this.#nfc = nfc;
    this.#socketPath = socketPath;
    this.#listener = listener;
    nfc.on('error', (error) => this.#fail(error));
    nfc.on('reader', (reader) => this.#attach(reader));
  }

  async connect(reader: string): Promise<void> {
    const attached = this.#find(reader);
    const { native } = attached;
    if (native.connected) await this.disconnect(reader, 'leave').catch(() => undefined);
    // pcsclite skips the connect of a reader that it believes connected, and would go on with the handle of the last card.
    native.connected = false;
    attached.protocol = await call(attached, 'connect to the card', (done) =>
      native.connect({ share_mode: native.SCARD_SHARE_SHARED }, done),
    );
  }

  async disconnect(reader: string, disposition: Disposition): Promise<void> {
    const attached = this.#find(reader);
    const { native } = attached;
    const how = disposition === 'reset' ? native.SCARD_RESET_CARD : native.SCARD_LEAVE_CARD;
    await call(attached, 'disconnect from the card', (done) => native.disconnect(how, done));
  }

  async transmit(reader: string, command: Uint8Array, responseBytesMax: number): Promise<Uint8Array> {
    const attached = this.#find(reader);
    const answer = await call<Uint8Array>(attached, 'talk to the card', (done) =>
      attached.native.transmit(Buffer.from(command), responseBytesMax, attached.protocol, done),
    );
    return Uint8Array.from(answer);
  }

  async close(): Promise<void> {
    if (this.#listener === null) return;
    this.#listener = null;
    const attached = [...this.#readers.values()];
    await within(
      CLOSE_TIMEOUT_MS,
      attached.flatMap(({ calls }) => [...calls]),
    );
    // Closing takes locks that a hung exchange holds, on this thread: what hangs is left to the end of the process.
    if ((await probePcscd(this.#socketPath)) === 'silent') return;
    const idle = attached.filter(({ calls }) => calls.size === 0);
    for (const { native } of idle) native.close();
    this.#nfc.close();
    // The tail of the native closing still talks to pcscd; whoever asked must not go on before it has.
    await within(
      CLOSE_TIMEOUT_MS,
      idle.map(({ ended }) => ended),
    );
    await nextTurn();
    this.#readers.clear();
  }

  #find(reader: string): Attached {
    const attached = this.#readers.get(reader);
    if (attached === undefined) throw new WaslError('ERR_CARD_LOST', 'the reader is no longer attached');
    return attached;
  }

  #attach(reader: Reader): void {
    const native = reader.reader;
    const { name } = native;
    const ended = new Promise<void>((resolve) => {
      reader.on('end', resolve);
    });
    tellEveryEnd(native, ended);
    const attached = { native, calls: new Set<Promise<unknown>>(), ended, protocol: 0 };
    this.#readers.set(name, attached);
    // nfc-pcsc would connect by itself, and hide what fails.
    native.removeAllListeners('status');
    let before = 0;
    native.on('status', ({ state, atr }) => {
      for (const change of cardChanges(before, state, Uint8Array.from(atr ?? [])))
        this.#tell({ ...change, reader: name });
      before = state;
    });
    reader.on('error', (error) => this.#fail(error));
    reader.on('end', () => {
      if (this.#readers.get(name) !== attached) return;
      this.#readers.delete(name);
      this.#tell({ type: 'detached', reader: name });
    });
    this.#tell({ type: 'attached', reader: name });
  }

  #fail(error: unknown): void {
    this.#tell({
      type: 'failed',
      message: `pcscd went away: ${error instanceof Error ? error.message : String(error)}`,
    });
  }

  #tell(event: PcscEvent): void {
    this.#listener?.(event);
  }
}

/**
 * pcsclite closes a reader that left the list of readers by setting a flag and cancelling the wait of the thread that watches it. A thread that looks at the flag
 * between two waits stops without a word: pcsclite then keeps the name for ever, and the same reader plugged in again is never told of. When
 * `close` returns, the thread has been joined, so all that it ever said is in the queue of this loop: what has not been heard two turns later never comes.
 */
function tellEveryEnd(native: NativeReader, ended: Promise<void>): void {
  let heard = false;
  void ended.then(() => {
    heard = true;
  });
  const close = native.close.bind(native);
  native.close = () => {
    close();
    setImmediate(() => {
      setImmediate(() => {
        if (!heard) native.emit('_end');
      });
    });
  };
}

/** Waits until all have settled, or the time is over. */
async function within(timeoutMs: number, promises: readonly Promise<unknown>[]): Promise<void> {
  if (promises.length === 0) return;
  const patience = new AbortController();
  const timeout = pause(timeoutMs, undefined, { signal: patience.signal }).catch(() => undefined);
  await Promise.race([Promise.allSettled(promises), timeout]);
  patience.abort();
}

function call<T>({ calls }: Attached, operation: string, begin: (done: Callback<T>) => void): Promise<T> {
  const result = new Promise<T>((resolve, reject) => {
    begin((error, value) => {
      if (error) reject(cardError(operation, error));
      else resolve(value);
    });
  });
  const settled: Promise<unknown> = result.then(
    () => calls.delete(settled),
    () => calls.delete(settled),
  );
  calls.add(settled);
  return result;
}
