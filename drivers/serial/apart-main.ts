/** The process that holds the native module of serial ports: one port, for as long as it is open. Started by `apart.ts`. */
import { WaslError } from '../../agent/domain/errors.js';
import { MESSAGE_CHARS_MAX, toHex } from '../supervised/messages.js';
import { forkedChannel, serveTerminal, type Tell, type WorkerMethods } from '../supervised/worker.js';
import { CHUNK_BYTES_MAX, openParams, writeParams } from './apart-wire.js';
import { loadOpenSerial, type SerialLink } from './serial-port.js';

serveTerminal(prepare, forkedChannel());

async function prepare(tell: Tell): Promise<WorkerMethods> {
  const open = await loadOpenSerial();
  let link: SerialLink | null = null;
  const opened = (): SerialLink => {
    if (link === null) throw new WaslError('ERR_INTERNAL', 'no port is open');
    return link;
  };
  return {
    open: async (params) => {
      if (link !== null) throw new WaslError('ERR_INTERNAL', 'a port is open already');
      link = await open(openParams.parse(params));
    },
    listen: async () =>
      opened().listen({
        onData: (chunk) => {
          for (let from = 0; from < chunk.length; from += CHUNK_BYTES_MAX)
            tell({ type: 'data', bytes: toHex(chunk.subarray(from, from + CHUNK_BYTES_MAX)) });
        },
        onLost: (reason) => tell({ type: 'lost', reason: reason.slice(0, MESSAGE_CHARS_MAX) }),
      }),
    write: async (params) => opened().write(writeParams.parse(params).bytes),
    close: async () => link?.close(),
  };
}
