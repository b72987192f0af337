/** The readers on the desk of a demonstration, and the hand that holds cards and codes to them. */
import { createServer } from 'node:net';
import { systemTimers } from '../../agent/system.js';
import type { SimulatedNtag21x } from '../cards/ntag21x.js';
import type { ReaderSetting } from '../process/site-files.js';
import { Type2OnReader } from '../readers/pcsc-apdu.js';
import { missingForPcscDriver, startPrivatePcscd } from '../readers/pcscd.js';
import { hasSocat, openPtyCable } from '../readers/pty.js';
import { VpcdSlot } from '../readers/vpcd.js';
import { watchedCard } from '../site/watched-card.js';

/** A desk with card readers and, where a pseudo-terminal can be made, a code scanner. */
export interface Desk {
  readonly settings: readonly ReaderSetting[];
  /** What the terminal's process needs in its environment to find the readers. */
  readonly environment: Readonly<Record<string, string>>;
  /** How the cards reach the terminal, in a few words for the report. */
  readonly transport: string;
  /** Port for `--vpcd-port` of the terminal's stand-in where there is no pcscd, else null. */
  readonly vpcdPort: number | null;
  /** Lays a card on the next free reader. Resolves when the reader has spoken to it. */
  lay(card: SimulatedNtag21x, watch?: (frame: Uint8Array) => void): Promise<void>;
  /** Takes away whatever lies on the readers. */
  clear(): void;
  /** Holds a code to the scanner; false where there is none. */
  scan(text: string): Promise<boolean>;
  close(): Promise<void>;
}

/** Sets the desk up: four virtual readers behind a real pcscd where that can run, else one that the driver reaches directly, and says why. */
export async function setUpDesk(note: (text: string) => void): Promise<Desk> {
  const missing = await missingForPcscDriver();
  const cable = hasSocat() ? await openPtyCable() : null;
  if (cable === null) note('No code scanner: socat is not installed (apt-get install socat).');
  const serial: ReaderSetting[] = cable === null ? [] : [{ type: 'serial', path: cable.devicePath, baudRate: 9600 }];
  const scan = async (text: string): Promise<boolean> => {
    await cable?.send(new TextEncoder().encode(`${text}\r\n`));
    return cable !== null;
  };
  if (missing.length > 0) {
    note(
      `No pcscd: ${missing.join('; ')}. The cards speak to the PC/SC driver directly, without pcscd and its native module.`,
    );
    const port = await freePort();
    const slot = new VpcdSlot({ host: '127.0.0.1', port }, systemTimers);
    return {
      settings: serial,
      environment: {},
      transport: 'in process (no pcscd here)',
      vpcdPort: port,
      lay: (card, watch) => slot.insert(new Type2OnReader(watched(card, watch))),
      clear: () => slot.remove(),
      scan,
      close: async () => {
        slot.remove();
        await cable?.dispose();
      },
    };
  }
  const pcscd = await startPrivatePcscd({ names: ['Virtual PCD', 'Second PCD'] });
  const slots = pcscd.readers.map(({ address }) => new VpcdSlot(address, systemTimers));
  let turn = 0;
  return {
    settings: [...pcscd.readers.map(({ name }): ReaderSetting => ({ type: 'pcsc', match: name })), ...serial],
    environment: pcscd.env,
    transport: `pcscd with ${slots.length} virtual readers`,
    vpcdPort: null,
    lay: async (card, watch) => {
      // A slot stays empty for half a second between two cards; the next one is free already.
      turn = (turn + 1) % slots.length;
      await slots[turn]?.insert(new Type2OnReader(watched(card, watch)));
    },
    clear: () => {
      for (const slot of slots) slot.remove();
    },
    scan,
    close: async () => {
      for (const slot of slots) slot.remove();
      await cable?.dispose();
      await pcscd.stop();
    },
  };
}

function watched(card: SimulatedNtag21x, watch: ((frame: Uint8Array) => void) | undefined): SimulatedNtag21x {
  return watch === undefined ? card : watchedCard(card, { before: watch });
}

async function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      const port = typeof address === 'object' && address !== null ? address.port : 0;
      server.close(() => resolve(port));
    });
  });
}
