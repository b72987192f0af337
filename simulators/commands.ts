/** The simulators' commands of `wasl`: a plug-in that the command loads where it is installed. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { Argument, Command, InvalidArgumentError } from 'commander';
import { processOutput } from '../agent/cli/shared/output.js';
import { WaslError } from '../agent/domain/errors.js';
import type { KioskCommand, Screen } from '../agent/kiosk/state.js';
import { simulatedCardCommand } from './card-command.js';
import { simulatedPaymentCommand } from './payment/command.js';
import { sitDown } from './process/clerk.js';
import { simulatedReaderCommand, simulatedScannerCommand } from './reader-command.js';
import { screenText } from './site/screen-text.js';
import type { TrayView } from './site/tray.js';

/** How long a site may take to answer: it is on this computer. */
const ANSWER_TIMEOUT_MS = 10_000;

/** How often, and for how long, the screen is looked at again while the terminal is busy with a card. */
const LOOK_EVERY_MS = 50;
const LOOKS_MAX = 60;

/** The command groups of this plug-in. */
export function commands(): Command[] {
  const group = new Command('sim').description('simulated cards, and the clerk, of a site that runs with "npm start"');
  group.addCommand(trayCommand('cards', 'list the cards in the tray', (call) => call('/api/cards', null)));
  group.addCommand(
    trayCommand('present', 'lay a card on the reader', (call, card) => call('/api/present', { card })).argument(
      '<card>',
      'its name, or the beginning of it',
      nonEmpty,
    ),
  );
  group.addCommand(trayCommand('remove', 'take the card away', (call) => call('/api/remove', {})));
  group.addCommand(
    trayCommand('pull', 'pull the next card away in the middle of being written; again: do not', (call) =>
      call('/api/pull', {}),
    ),
  );
  group.addCommand(simulatedReaderCommand());
  group.addCommand(simulatedScannerCommand());
  group.addCommand(simulatedPaymentCommand());
  group.addCommand(screenCommand());
  group.addCommand(pressCommand());
  group.addCommand(simulatedCardCommand());
  return [group];
}

type Call = (path: string, body: object | null) => Promise<TrayView>;

function siteCommand(name: string, description: string): Command {
  return new Command(name)
    .description(description)
    .option('--data <folder>', 'folder of the site', 'data')
    .option('--json', 'print one JSON object');
}

function trayCommand(name: string, description: string, act: (call: Call, card: string) => Promise<TrayView>): Command {
  return siteCommand(name, description).action(async function (this: Command) {
    const options = this.opts<{ data: string; json?: boolean }>();
    const { trayUrl } = await siteOf(options.data);
    const call = trayAt(trayUrl, options.data);
    let view = await act(call, this.args[0] ?? '');
    for (let look = 0; view.busy && look < LOOKS_MAX; look += 1) {
      await pause(LOOK_EVERY_MS);
      view = await call('/api/cards', null);
    }
    const output = processOutput(options.json === true);
    for (const card of view.cards) {
      const mark = card.handle === view.present ? '→' : ' ';
      output.line(`${mark} ${card.handle.padEnd(14)} ${card.story.padEnd(8)} ${card.latin}`);
    }
    output.line(view.present === null ? 'The reader is empty.' : `${view.present} is on the reader.`);
    if (view.pull) output.line('The next card that is written to will be pulled away in the middle.');
    output.line(`The clerk's screen ${view.screen ?? 'does not answer'}`);
    output.result(view);
  });
}

function screenCommand(): Command {
  return siteCommand('screen', "what the clerk's screen says now").action(
    async ({ data, json }: { data: string; json?: boolean }) => {
      const clerk = await clerkOf(data);
      const { screen, bar } = await clerk.state();
      const output = processOutput(json === true);
      output.line(`The clerk's screen ${screenText(screen)}`);
      output.line(`Served today: ${bar.servedToday}. Not yet acknowledged by the centre: ${bar.backlog}.`);
      output.result({ ok: true, screen, bar });
    },
  );
}

const KEYS = ['confirm', 'cancel', 'handover', 'take-back', 'allow', 'next'] as const;
type Key = (typeof KEYS)[number];

function pressCommand(): Command {
  return siteCommand('press', "press a key on the clerk's screen")
    .addArgument(new Argument('<key>', 'what to press').choices(KEYS))
    .option('--quantity <n>', 'how much to confirm (default: all that is offered)', quantity)
    .option('--pin <digits>', 'with allow: the PIN of the supervisor')
    .action(async (key: Key, options: { data: string; quantity?: number; pin?: string; json?: boolean }) => {
      const clerk = await clerkOf(options.data);
      await clerk.command(commandFor(key, (await clerk.state()).screen, options));
      const { screen } = await clerk.state();
      const output = processOutput(options.json === true);
      output.line(`The clerk's screen ${screenText(screen)}`);
      output.result({ ok: true, screen });
    });
}

function commandFor(
  key: Key,
  screen: Screen,
  { quantity, pin = '' }: { readonly quantity?: number; readonly pin?: string },
): KioskCommand {
  if (screen.name === 'offer' && key === 'confirm') {
    const quantities = screen.items.map((item) => [item.commodity, quantity ?? item.available] as const);
    return { type: 'confirm', tapId: screen.tapId, quantities: Object.fromEntries(quantities) };
  }
  if ((screen.name === 'offer' || screen.name === 'authorise' || screen.name === 'return') && key === 'cancel')
    return { type: 'cancel', tapId: screen.tapId };
  if (screen.name === 'granted' && key === 'handover') return { type: 'handover', tapId: screen.tapId };
  const pending = screen.name === 'idle' ? screen.pending.at(-1) : undefined;
  if (pending !== undefined && key === 'handover') return { type: 'handover', tapId: pending.tapId };
  const grant = screen.name === 'granted' ? screen.handover : pending;
  if (grant?.takeBack === 'offered' && key === 'take-back') return { type: 'take-back', tapId: grant.tapId };
  if (screen.name === 'authorise' && key === 'allow')
    return { type: 'authorise', tapId: screen.tapId, supervisor: screen.supervisors[0]?.number ?? 0, pin };
  if ((screen.name === 'refused' || screen.name === 'unresolved' || screen.name === 'voided') && key === 'next')
    return { type: 'dismiss', tapId: screen.tapId };
  throw new WaslError('ERR_TAP_STATE', `there is no "${key}" to press now: the clerk's screen ${screenText(screen)}`);
}

interface SiteUrls {
  readonly kioskUrl: string;
  readonly trayUrl: string;
}

async function siteOf(folder: string): Promise<SiteUrls> {
  const none = (cause: unknown): never => {
    throw new WaslError(
      'ERR_USAGE',
      `no site has run in ${folder}: start one with "npm start", or name its folder with --data`,
      { cause },
    );
  };
  const text = await readFile(join(folder, 'site.json'), 'utf8').catch(none);
  try {
    return JSON.parse(text) as SiteUrls;
  } catch (cause) {
    return none(cause);
  }
}

function notRunning(folder: string, cause: unknown): WaslError {
  return new WaslError('ERR_USAGE', `the site in ${folder} does not run now: start it with "npm start"`, { cause });
}

async function clerkOf(folder: string): ReturnType<typeof sitDown> {
  const { kioskUrl } = await siteOf(folder);
  return sitDown(kioskUrl).catch((cause: unknown) => {
    throw notRunning(folder, cause);
  });
}

function trayAt(trayUrl: string, folder: string): Call {
  return async (path, body) => {
    const post = { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) };
    let answer: Response;
    let result: TrayView & { error?: { message: string } };
    try {
      const signal = AbortSignal.timeout(ANSWER_TIMEOUT_MS);
      answer = await fetch(`${trayUrl}${path}`, body === null ? { signal } : { ...post, signal });
      result = (await answer.json()) as typeof result;
    } catch (cause) {
      throw notRunning(folder, cause);
    }
    if (!answer.ok) throw new WaslError('ERR_USAGE', result.error?.message ?? `the tray answered ${answer.status}`);
    return result;
  };
}

function nonEmpty(text: string): string {
  if (text.trim() === '') throw new InvalidArgumentError('give its name.');
  return text;
}

function quantity(text: string): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value) || value < 0) throw new InvalidArgumentError('a whole number is needed.');
  return value;
}
