/** What `--reader` names: a PC/SC reader, a TWN4, or a scanner of codes. Native parts run in watched processes of their own, as they do under a terminal. */
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { loadPcscApart } from '../../../drivers/pcsc/apart.js';
import { PcscReader } from '../../../drivers/pcsc/reader.js';
import type { Reader } from '../../../drivers/reader.js';
import { loadOpenSerialApart } from '../../../drivers/serial/apart.js';
import { SerialLineReader } from '../../../drivers/serial/line-reader.js';
import { Twn4Reader } from '../../../drivers/serial/twn4-reader.js';
import { WaslError } from '../../domain/errors.js';
import { systemTimers } from '../../system.js';

/** Where udev keeps serial devices by names that stay the same. */
export const SERIAL_BY_ID = '/dev/serial/by-id';

/** What the name of a TWN4 there has in it: udev makes it of the vendor's and the product's name. */
const TWN4_DEVICE = /ELATEC|TWN4/i;

/** What a name was found to mean. */
export type NamedReader =
  | { readonly driver: 'pcsc'; readonly prefix: string | null }
  | { readonly driver: 'twn4' | 'scanner'; readonly path: string; readonly baudRate: number | null };

/**
 * Takes a name apart: `pcsc` or the beginning of a PC/SC reader's name (after `pcsc:` where it could be anything else); `twn4` for the one that is plugged in,
 * `twn4:/dev/…[@baud]`, or just the device's path, for cards; `serial:/dev/…[@baud]` for a scanner of codes. Rejects with `ERR_USAGE`, or with
 * `ERR_READER_UNAVAILABLE` when no TWN4 is plugged in, or more than one. `byId` is the folder that udev keeps.
 */
export async function parseReaderName(name: string, byId: string = SERIAL_BY_ID): Promise<NamedReader> {
  if (name.trim() === '') throw new WaslError('ERR_USAGE', '--reader needs a name; "wasl doctor" lists the readers');
  const serial = /^(?:(serial|twn4):)?(\/[^@]+)(?:@(\d{2,7}))?$/.exec(name);
  if (serial !== null) {
    const [, driver, path = '', baud] = serial;
    return {
      driver: driver === 'serial' ? 'scanner' : 'twn4',
      path,
      baudRate: baud === undefined ? null : Number(baud),
    };
  }
  if (/^(serial|twn4):/.test(name))
    throw new WaslError('ERR_USAGE', `${name}: after the colon comes the path of a device, "twn4:${byId}/…"`);
  if (name === 'twn4') return { driver: 'twn4', path: await onlyTwn4(byId), baudRate: null };
  return { driver: 'pcsc', prefix: name === 'pcsc' ? null : name.replace(/^pcsc:/, '') };
}

async function onlyTwn4(byId: string): Promise<string> {
  const found = (await readdir(byId).catch(() => [])).filter((entry) => TWN4_DEVICE.test(entry)).sort();
  const [first, ...more] = found;
  if (first === undefined)
    throw new WaslError(
      'ERR_READER_UNAVAILABLE',
      `no TWN4 is plugged in: nothing in ${byId} has its name; name its device, --reader twn4:/dev/…`,
    );
  if (more.length > 0)
    throw new WaslError('ERR_READER_UNAVAILABLE', `more than one TWN4 is plugged in: name one of ${found.join(', ')}`);
  return join(byId, first);
}

/** The driver of what was named; not started. */
export function openNamedReader(named: NamedReader): Reader {
  if (named.driver === 'pcsc') {
    const match = named.prefix === null ? {} : { match: { prefix: named.prefix } };
    return new PcscReader({ load: loadPcscApart({ timers: systemTimers }), timers: systemTimers, ...match });
  }
  const { path, baudRate } = named;
  const loadOpen = loadOpenSerialApart({ timers: systemTimers });
  if (named.driver === 'scanner')
    return new SerialLineReader({ path, loadOpen, ...(baudRate === null ? {} : { baudRate }) });
  const baudRates = baudRate === null ? {} : { baudRates: [baudRate] };
  return new Twn4Reader({ path, timers: systemTimers, loadOpen, ...baudRates });
}
