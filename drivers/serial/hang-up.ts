/**
 * Works around a fault of serialport 13 on Linux and macOS: when a device is pulled while a read is on its way, the system
 * answers "end of file", and the library then reads again for ever, without a pause and without a `close` event (its
 * issue bindings-cpp#162). An end of file on a terminal line is a hang-up (POSIX.1-2024, 11.1.10); here it ends the port.
 */
import { read } from 'node:fs';
import { promisify } from 'node:util';

const readFd = promisify(read);

/** The parts of an open port of `serialport`'s Unix bindings that are used here. */
export interface UnixPort {
  readonly isOpen: boolean;
  readonly fd: number | null;
  readonly poller: { once(event: 'readable', done: (error: Error | null) => void): unknown };
  read(buffer: Buffer, offset: number, length: number): Promise<{ buffer: Buffer; bytesRead: number }>;
}

/** Replaces `port.read` by one that rejects at a hang-up, upon which the stream above closes and says so. */
export function reportHangUp(port: UnixPort): void {
  port.read = async (buffer, offset, length) => {
    for (;;) {
      const bytesRead = await readNow(openFd(port), buffer.subarray(offset, offset + length));
      if (bytesRead === 0) throw new Error('the device hung up');
      if (bytesRead !== 'not yet') return { buffer, bytesRead };
      // Asked again: closing destroys the poller, and to poll a destroyed one crashes the process (a null pointer in native code).
      openFd(port);
      await new Promise<void>((resolve, reject) => {
        port.poller.once('readable', (error) => (error ? reject(error) : resolve()));
      });
    }
  };
}

/** The descriptor of a port that is still open. The stream above takes `canceled` as "closed on purpose", anything else as "disconnected". */
function openFd(port: UnixPort): number {
  if (port.isOpen && port.fd !== null) return port.fd;
  throw Object.assign(new Error('the port is closed'), { canceled: true });
}

async function readNow(fd: number, into: Uint8Array): Promise<number | 'not yet'> {
  try {
    return (await readFd(fd, into, 0, into.length, null)).bytesRead;
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : null;
    if (code === 'EAGAIN' || code === 'EWOULDBLOCK' || code === 'EINTR') return 'not yet';
    throw error;
  }
}
