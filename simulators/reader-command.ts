/** `wasl sim reader` and `wasl sim scanner`: simulated devices at the edge of the real stack, for whoever builds a reader, a card or another program against it. */
import { createInterface } from 'node:readline';
import { setTimeout as pause } from 'node:timers/promises';
import { Command, InvalidArgumentError } from 'commander';
import { type Output, processOutput } from '../agent/cli/shared/output.js';
import { untilStopped } from '../agent/cli/shared/until-stopped.js';
import { WaslError } from '../agent/domain/errors.js';
import { systemTimers } from '../agent/system.js';
import { openCardFile, type SimulatedCard } from './card-file.js';
import { SimulatedNtag21x } from './cards/ntag21x.js';
import { IsoDepOnReader } from './readers/iso-dep-on-reader.js';
import { Type2OnReader } from './readers/pcsc-apdu.js';
import { startPrivatePcscd } from './readers/pcscd.js';
import { hasSocat, openPtyCable, type PtyCable } from './readers/pty.js';
import { SimulatedTwn4 } from './readers/twn4.js';
import { type VirtualCard, VPCD_PORT, VpcdSlot } from './readers/vpcd.js';

/** How often what was written to the card is saved to its file. */
const SAVE_EVERY_MS = 500;

/** A device with a place for a card. */
interface Device {
  /** Where to connect, for people and for `--json`. */
  readonly where: Readonly<Record<string, string>>;
  readonly lines: readonly string[];
  present(): Promise<void>;
  remove(): void;
  close(): Promise<void>;
}

/** `wasl sim reader CARD-FILE`. */
export function simulatedReaderCommand(): Command {
  return new Command('reader')
    .description(
      'a reader with a card from a file on it: virtual PC/SC (vpcd) or an ELATEC TWN4 on a pseudo-terminal. Type "remove" or "present" and Enter; what is written to the card is saved',
    )
    .argument('<card-file>', 'a card that "wasl sim card" made')
    .option('--at <host:port>', `where vpcd of a running pcscd listens (default 127.0.0.1:${VPCD_PORT})`, address)
    .option('--private', 'run a pcscd of its own, and print how programs reach it (needs root or user namespaces)')
    .option('--twn4', 'be a TWN4 with the Simple Protocol on a pseudo-terminal, and print its device')
    .option('--json', 'print one JSON object when ready')
    .action(async (file: string, options: { at?: Address; private?: boolean; twn4?: boolean; json?: boolean }) => {
      const chosen = [options.at !== undefined, options.private === true, options.twn4 === true].filter(Boolean);
      if (chosen.length > 1) throw new WaslError('ERR_USAGE', 'use one of --at, --private and --twn4');
      const opened = await openCardFile(file);
      const { simulated } = opened;
      const device =
        options.twn4 === true
          ? await twn4Device(simulated)
          : await vpcdDevice(simulated, options.private === true ? 'private' : (options.at ?? address('')));
      const output = processOutput(options.json === true);
      const saving = saveNowAndThen(() => opened.save());
      try {
        for (const line of device.lines) output.line(line);
        await device.present();
        output.line('The card lies on the reader. Type "remove" or "present" and Enter; Ctrl-C ends.');
        output.result({ ok: true, ready: 'reader', ...device.where });
        obey(device, output);
        await untilStopped();
      } finally {
        await device.close();
        await saving.stop();
      }
    });
}

/** `wasl sim scanner`. */
export function simulatedScannerCommand(): Command {
  return new Command('scanner')
    .description('a scanner on a pseudo-terminal: prints its device, and sends each line of its input as a scan')
    .option('--text <text>', 'send this once a reader is likely to listen, and again with --every')
    .option('--every <seconds>', 'send --text again and again', seconds)
    .option('--cr', 'end lines with CR alone instead of CRLF')
    .option('--json', 'print one JSON object when ready')
    .action(async (options: { text?: string; every?: number; cr?: boolean; json?: boolean }) => {
      requireSocat();
      const output = processOutput(options.json === true);
      const cable = await openPtyCable();
      const end = options.cr === true ? '\r' : '\r\n';
      const scan = (text: string): Promise<void> => cable.send(new TextEncoder().encode(`${text}${end}`));
      const stopping = new AbortController();
      try {
        output.line(`The scanner is ${cable.devicePath}`);
        output.line(`  {"type": "serial", "path": "${cable.devicePath}"} in "readers" of a terminal's configuration`);
        output.line('Each line of input is one scan; Ctrl-C ends.');
        output.result({ ok: true, ready: 'scanner', device: cable.devicePath });
        createInterface({ input: process.stdin }).on('line', (line) => void scan(line).catch(() => undefined));
        if (options.text !== undefined) void repeat(() => scan(options.text ?? ''), options.every, stopping.signal);
        await untilStopped();
      } finally {
        stopping.abort();
        await cable.dispose();
      }
    });
}

type Address = { readonly host: string; readonly port: number };

async function vpcdDevice(card: SimulatedCard, at: 'private' | Address): Promise<Device> {
  const virtual = virtualCard(card);
  const pcscd = at === 'private' ? await startPrivatePcscd() : null;
  const slot = new VpcdSlot(pcscd === null ? (at as Address) : pcscd.readers[0].address, systemTimers);
  const socket = pcscd?.socketPath;
  return {
    where:
      socket === undefined
        ? { vpcd: `${(at as Address).host}:${(at as Address).port}` }
        : { PCSCLITE_CSOCK_NAME: socket, reader: pcscd?.readers[0].name ?? '' },
    lines:
      socket === undefined
        ? [
            `Connecting to vpcd at ${(at as Address).host}:${(at as Address).port}: "pcsc_scan" and "wasl doctor" list its reader.`,
          ]
        : [
            `A pcscd of its own runs, with the reader "${pcscd?.readers[0].name}". Programs reach it with`,
            `  export PCSCLITE_CSOCK_NAME=${socket}`,
          ],
    present: () => slot.insert(virtual),
    remove: () => slot.remove(),
    close: async () => {
      slot.remove();
      await pcscd?.stop();
    },
  };
}

function virtualCard(card: SimulatedCard): VirtualCard {
  if (card instanceof SimulatedNtag21x) return new Type2OnReader(card);
  if ('transmit' in card) return new IsoDepOnReader(card);
  throw new WaslError('ERR_USAGE', 'a code on paper lies on no reader: send its text with "wasl sim scanner"');
}

async function twn4Device(card: SimulatedCard): Promise<Device> {
  if (!(card instanceof SimulatedNtag21x))
    throw new WaslError('ERR_USAGE', 'the simulated TWN4 takes NTAG21x cards only; use vpcd for a smart card');
  requireSocat();
  const cable: PtyCable = await openPtyCable();
  const reader = new SimulatedTwn4();
  cable.listen((chunk) => {
    const answer = reader.feed(chunk);
    if (answer.length > 0) void cable.send(answer).catch(() => undefined);
  });
  const setting = `{"type": "serial", "profile": "twn4", "path": "${cable.devicePath}"}`;
  return {
    where: { device: cable.devicePath },
    lines: [`The TWN4 is ${cable.devicePath}`, `  ${setting} in "readers" of a terminal's configuration`],
    present: async () => reader.present(card),
    remove: () => reader.remove(),
    close: () => cable.dispose(),
  };
}

/** Lines of the input, for as long as there are any. */
function obey(device: Device, output: Output): void {
  createInterface({ input: process.stdin }).on('line', (line) => {
    const word = line.trim();
    if (word === 'remove') device.remove();
    else if (word === 'present') device.present().catch((error: unknown) => output.note(String(error)));
    else if (word !== '') output.note(`"${word}" is neither "remove" nor "present"`);
  });
}

function saveNowAndThen(save: () => Promise<void>): { stop(): Promise<void> } {
  const timer = setInterval(() => void save().catch(() => undefined), SAVE_EVERY_MS);
  return {
    stop: async () => {
      clearInterval(timer);
      await save();
    },
  };
}

/** Nobody may listen yet, and a pseudo-terminal throws nothing away: the first scan comes after a moment. */
async function repeat(scan: () => Promise<void>, everySeconds: number | undefined, signal: AbortSignal): Promise<void> {
  const everyMs = (everySeconds ?? 1) * 1_000;
  do {
    await pause(everyMs, undefined, { signal }).catch(() => undefined);
    if (!signal.aborted) await scan().catch(() => undefined);
  } while (everySeconds !== undefined && !signal.aborted);
}

function requireSocat(): void {
  if (!hasSocat()) throw new WaslError('ERR_USAGE', 'pseudo-terminals need socat: sudo apt-get install socat');
}

function address(text: string): Address {
  if (text === '') return { host: '127.0.0.1', port: VPCD_PORT };
  const parts = /^([\w.-]+):(\d{1,5})$/.exec(text);
  const port = Number(parts?.[2]);
  if (parts?.[1] === undefined || port < 1 || port > 65_535) throw new InvalidArgumentError('host:port is needed.');
  return { host: parts[1], port };
}

function seconds(text: string): number {
  const value = Number(text);
  if (!(value >= 0.05 && value <= 86_400)) throw new InvalidArgumentError('0.05 to 86400 seconds are needed.');
  return value;
}
