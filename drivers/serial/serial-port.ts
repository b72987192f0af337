/** The one place that touches `serialport`. Its native part is loaded only when a serial reader is started. */
import { WaslError } from '../../agent/domain/errors.js';
import { reportHangUp } from './hang-up.js';

/** What happens on an open serial port. Called after {@link OpenSerial} has resolved, never before. */
export interface SerialHandlers {
  /** Bytes as they arrive. */
  readonly onData: (chunk: Uint8Array) => void;
  /** The port is closed without {@link SerialLink.close} having been asked for: the device vanished or failed. Called once at most. */
  readonly onLost: (reason: string) => void;
}

/** An open serial port. */
export interface SerialLink {
  /** Begins to deliver; what arrived before the port was opened has been thrown away. */
  listen(handlers: SerialHandlers): void;
  /** Sends bytes; resolves when the system has taken them all. Rejects with `ERR_CARD_IO` when the port is lost. */
  write(bytes: Uint8Array): Promise<void>;
  /** Closes the port. Resolves when the device is free; safe when it is lost already. */
  close(): Promise<void>;
}

/** What to open. */
export interface SerialAddress {
  /** Device file, e.g. `/dev/ttyUSB0` or better `/dev/serial/by-id/…`. */
  readonly path: string;
  /** Bits per second; 8 data bits, no parity, 1 stop bit. */
  readonly baudRate: number;
}

/** Opens a port, locked against other programs. Rejects with `ERR_READER_UNAVAILABLE` whose message says what to do. */
export type OpenSerial = (address: SerialAddress) => Promise<SerialLink>;

/**
 * Loads `serialport` and its native part. Rejects with `ERR_READER_UNAVAILABLE` that says what to install. `load` is the
 * dynamic import, injected so that its absence can be shown.
 */
export async function loadOpenSerial(
  load: () => Promise<typeof import('serialport')> = () => import('serialport'),
): Promise<OpenSerial> {
  let parts: typeof import('serialport');
  try {
    parts = await load();
  } catch (cause) {
    throw new WaslError(
      'ERR_READER_UNAVAILABLE',
      'serial readers need the package "serialport" with its native part: run "npm install serialport"; where there is no prebuilt part for this machine, install build-essential and python3 first',
      { cause },
    );
  }
  return (address) => openPort(parts.SerialPort, address);
}

async function openPort(
  SerialPort: typeof import('serialport').SerialPort,
  address: SerialAddress,
): Promise<SerialLink> {
  const port = new SerialPort({ ...address, autoOpen: false });
  // Without a listener, an error outside a call would end the process; `listen` looks at those that matter.
  port.on('error', () => {});
  const settled = (act: (done: (error: Error | null) => void) => void) =>
    new Promise<void>((resolve, reject) => act((error) => (error ? reject(error) : resolve())));
  const close = async () => {
    if (port.isOpen) await settled((done) => port.close(done)).catch(() => {});
  };
  try {
    await settled((done) => port.open(done));
    if (port.port !== undefined && 'poller' in port.port) reportHangUp(port.port);
    // A code scanned minutes ago must not count now. The library happens to flush when it sets the speed, but promises nothing.
    await settled((done) => port.flush(done));
  } catch (cause) {
    await close();
    throw new WaslError('ERR_READER_UNAVAILABLE', explainOpenError(address.path, cause), { cause });
  }
  return {
    listen({ onData, onLost }) {
      let isLost = false;
      const lose = () => {
        if (!isLost) onLost(deviceMissing(address.path));
        isLost = true;
      };
      // A close of our own carries no error; one that fails says so by `error`, with the port closed all the same.
      port.on('close', (error: Error | null) => error && lose());
      port.on('error', () => !port.isOpen && lose());
      port.on('data', onData);
    },
    write: (bytes) =>
      settled((done) => void port.write(Buffer.from(bytes), (error) => done(error ?? null)))
        .then(() => settled((done) => port.drain(done)))
        .catch((cause: unknown) => {
          throw new WaslError('ERR_CARD_IO', 'nothing can be sent to the serial reader', { cause });
        }),
    close,
  };
}

/** Says in words what an error of opening `path` means and what to do about it. Goes by the system's own messages, as `serialport` passes them on without a code. */
export function explainOpenError(path: string, error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  if (/permission denied|EACCES/i.test(message)) {
    return `no permission to open ${path}: add the user of this service to the group "dialout" (sudo usermod -aG dialout USER) and start it again`;
  }
  if (/no such (file|device)|ENOENT|ENODEV|ENXIO/i.test(message)) return deviceMissing(path);
  if (/cannot lock port|busy|temporarily unavailable|EBUSY/i.test(message))
    return `another program is using ${path}: stop it first`;
  return `cannot open ${path}: ${message}`;
}

/** One text for "pulled" and "not there yet": it is one state of affairs, and is reported once. */
function deviceMissing(path: string): string {
  return `the device ${path} is not there: check its cable, or correct the path`;
}
