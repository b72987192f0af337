/** `npm start`: a whole site on this computer. */
import { writeFile } from 'node:fs/promises';
import { join, relative, resolve } from 'node:path';
import { processOutput, reportFailure } from '../../agent/cli/shared/output.js';
import { untilStopped } from '../../agent/cli/shared/until-stopped.js';
import { WaslError } from '../../agent/domain/errors.js';
import type { LogLevel } from '../../agent/log.js';
import { parseCommandLine } from '../command-line.js';
import { SETTLEMENT_FILE } from './settlement.js';
import { type Site, startSite } from './site.js';

const HELP = `npm start -- [options]

A whole site on this computer, on loopback: a terminal with a simulated reader, the kiosk page, and a small centre.

  --data FOLDER      where the site keeps everything (default data)
  --port N           port of the kiosk page (default 8420)
  --tray-port N      port of the card tray (default 8421)
  --log LEVEL        debug, info, warn or error (default warn)
  --help             this text
`;

const OPTIONS = {
  data: { type: 'string', default: 'data' },
  port: { type: 'string', default: '8420' },
  'tray-port': { type: 'string', default: '8421' },
  log: { type: 'string', default: 'warn' },
  help: { type: 'boolean', default: false },
} as const;

const LEVELS: readonly LogLevel[] = ['debug', 'info', 'warn', 'error'];

async function main(): Promise<number> {
  const output = processOutput(false);
  try {
    const { values } = parseCommandLine(OPTIONS);
    if (values.help) {
      process.stdout.write(HELP);
      return 0;
    }
    const logLevel = LEVELS.find((level) => level === values.log);
    if (logLevel === undefined) throw new WaslError('ERR_USAGE', '--log takes debug, info, warn or error');
    if (values.data.trim() === '') throw new WaslError('ERR_USAGE', '--data takes the name of a folder');
    const folder = resolve(values.data);
    const [kioskPort, trayPort] = [port('port', values.port), port('tray-port', values['tray-port'])];
    if (kioskPort === trayPort && kioskPort !== 0)
      throw new WaslError('ERR_USAGE', '--port and --tray-port take two different ports');
    const begun = performance.now();
    const site = await startSite({
      folder,
      kioskPort,
      trayPort,
      logLevel,
    });
    await writeFile(
      join(folder, 'site.json'),
      `${JSON.stringify({ kioskUrl: site.kioskUrl, trayUrl: site.trayUrl })}\n`,
    );
    output.line(welcome(site, { folder, seconds: (performance.now() - begun) / 1000 }));
    await untilStopped();
    output.line('\nStopping. Everything recorded is kept; "npm start" goes on from here.');
    await site.stop();
    return 0;
  } catch (error) {
    return reportFailure(error, output);
  }
}

function welcome(site: Site, about: { folder: string; seconds: number }): string {
  const [first = ''] = site.cards;
  const data = about.folder === resolve('data') ? '' : ` --data ${relative('.', about.folder) || '.'}`;
  const config = relative('.', join(about.folder, SETTLEMENT_FILE));
  return `
Wasl is running, ready in ${about.seconds.toFixed(1)} s. Nothing leaves this computer.

  Clerk's screen   ${site.kioskUrl}
  Card tray        ${site.trayUrl}/
  Centre           broker ${site.brokerUrl}, database ${site.couchUrl} (embedded, for trying out)
  Supervisor       ${site.supervisor ?? 'none'}
  Kept in          ${about.folder}

Present a card: open both pages side by side and click a card in the tray, or in another terminal:

  npx wasl sim present ${first}${data}    lay a card on the reader; "npx wasl sim cards${data}" lists all
  npx wasl sim screen${data}             what the clerk's screen says
  npx wasl sim press confirm${data}      be the clerk: confirm, cancel, handover, take-back or next
  npx wasl sim remove${data}             take the card away again

See what the centre makes of it:

  npx wasl centre usage SERIAL --config ${config}    what a card drew
  npx wasl centre cases --config ${config}           what does not add up

Stop with Ctrl-C.`;
}

function port(name: string, text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 0 || value > 65_535)
    throw new WaslError('ERR_USAGE', `--${name} takes a port from 0 to 65535`);
  return value;
}

process.exitCode = await main();
// Timers of the embedded database keep the process alive for a while after everything is closed.
process.exit();
