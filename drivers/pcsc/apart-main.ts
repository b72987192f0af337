/** The process that holds the native module of PC/SC: one session, for as long as it lasts. Started by `apart.ts`. */
import { WaslError } from '../../agent/domain/errors.js';
import { MESSAGE_CHARS_MAX, toHex } from '../supervised/messages.js';
import { forkedChannel, serveTerminal, type Tell, type WorkerMethods } from '../supervised/worker.js';
import { connectParams, disconnectParams, transmitParams } from './apart-wire.js';
import type { PcscEvent, PcscSession } from './native.js';
import { loadNfcPcsc } from './nfc-pcsc.js';

serveTerminal(prepare, forkedChannel());

async function prepare(tell: Tell): Promise<WorkerMethods> {
  const service = await loadNfcPcsc()();
  let session: PcscSession | null = null;
  const opened = (): PcscSession => {
    if (session === null) throw new WaslError('ERR_INTERNAL', 'no session is open');
    return session;
  };
  return {
    open: async () => {
      if (session !== null) throw new WaslError('ERR_INTERNAL', 'a session is open already');
      session = await service.open((event) => tell(onWire(event)));
    },
    connect: async (params) => opened().connect(connectParams.parse(params).reader),
    disconnect: async (params) => {
      const { reader, disposition } = disconnectParams.parse(params);
      await opened().disconnect(reader, disposition);
    },
    transmit: async (params) => {
      const { reader, command, responseBytesMax } = transmitParams.parse(params);
      return toHex(await opened().transmit(reader, command, responseBytesMax));
    },
    close: async () => session?.close(),
  };
}

function onWire(event: PcscEvent): object {
  if (event.type === 'card') return { ...event, atr: toHex(event.atr) };
  return event.type === 'failed' ? { ...event, message: event.message.slice(0, MESSAGE_CHARS_MAX) } : event;
}
