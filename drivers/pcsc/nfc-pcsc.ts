/**
 * The thin adapter to the native module: `nfc-pcsc` finds the readers, its `@pokusew/pcsclite` readers do the rest.
 * Measured faults of nfc-pcsc 0.8.1 that this works around: a failed connect is emitted as an event named after the error
 * and nobody hears it; a card that was swapped between two looks is missed; after a failed disconnect the old handle is
 * used for the next card; an instance whose pcscd died never recovers (close it, open another).
 */
import { WaslError } from '../../agent/domain/errors.js';
import type { Disposition, LoadPcsc, PcscEvent, PcscService, PcscSession } from './native.js';
import { pcscdSocketPath, probePcscd } from './probe.js';
import { cardChanges, cardError } from './scard.js';

type Callback<T> = (error: unknown, value: T) => void;

/** What is used of a pcsclite `CardReader`. */
interface NativeReader {
  readonly name: string;
  connected: boolean;
  readonly SCARD_SHARE_SHARED: number;
  readonly SCARD_LEAVE_CARD: number;
  readonly SCARD_RESET_CARD: number;
  on(event: 'status', listener: (status: { readonly state: number; readonly atr?: Uint8Array }) => void): void;
  removeAllListeners(event: 'status'): void;
  connect(options: { readonly share_mode: number }, callback: Callback<number>): void;
  disconnect(disposition: number, callback: Callback<undefined>): void;
  transmit(data: Buffer, responseBytesMax: number, protocol: number, callback: Callback<Uint8Array>): void;
  close(): void;
}

/** What is used of nfc-pcsc's `Reader`. */
interface NfcReader {
  readonly reader: NativeReader;
  on(event: 'error', listener: (error: unknown) => void): void;
  on(event: 'end', listener: () => void): void;
}

/** What is used of nfc-pcsc's `NFC`. */
interface Nfc {
  on(event: 'reader', listener: (reader: NfcReader) => void): void;
  on(event: 'error', listener: (error: unknown) => void): void;
  close(): void;
}

interface NfcModule {
  readonly NFC: new () => Nfc;
}

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
      // A computed name: the package is optional and has no types.
      const name: string = 'nfc-pcsc';
      module = (await import(name)) as NfcModule;
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
      const state = await probePcscd(socketPath);
      if (state === 'absent')
        throw new WaslError('ERR_READER_UNAVAILABLE', `pcscd is not running: nobody serves ${socketPath}`);
      if (state === 'silent') throw new WaslError('ERR_READER_UNAVAILABLE', `pcscd hangs: no answer on ${socketPath}`);
      return new NfcSession(new module.NFC(), socketPath, listener);
    },
  };
}

/** A reader, the protocol of its connection, and how many native calls for it have not come back. */
interface Attached {
  readonly native: NativeReader;
  protocol: number;
  calls: number;
}

/** One `NFC` instance and its readers. */
class NfcSession implements PcscSession {
  readonly #nfc: Nfc;
  readonly #socketPath: string;
  readonly #readers = new Map<string, Attached>();
  #listener: ((event: PcscEvent) => void) | null;

  constructor(nfc: Nfc, socketPath: string, listener: (event: PcscEvent) => void) {
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
    // Closing takes locks that a hung exchange holds, on this thread: what hangs is left to the end of the process.
    if ((await probePcscd(this.#socketPath)) === 'silent') return;
    for (const { native, calls } of this.#readers.values()) if (calls === 0) native.close();
    this.#readers.clear();
    this.#nfc.close();
  }

  #find(reader: string): Attached {
    const attached = this.#readers.get(reader);
    if (attached === undefined) throw new WaslError('ERR_CARD_LOST', 'the reader is no longer attached');
    return attached;
  }

  #attach(reader: NfcReader): void {
    const native = reader.reader;
    const { name } = native;
    this.#readers.set(name, { native, protocol: 0, calls: 0 });
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

function call<T>(attached: Attached, operation: string, begin: (done: Callback<T>) => void): Promise<T> {
  attached.calls += 1;
  return new Promise((resolve, reject) => {
    begin((error, value) => {
      attached.calls -= 1;
      if (error) reject(cardError(operation, error));
      else resolve(value);
    });
  });
}
