/** The simulators' commands of `wasl`: a plug-in that the command loads where it is installed. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Command } from 'commander';
import { processOutput } from '../agent/cli/output.js';
import { WaslError } from '../agent/domain/errors.js';

/** What the tray answers. */
interface TrayView {
  readonly present: string | null;
  readonly cards: readonly { readonly handle: string; readonly story: string; readonly latin: string }[];
}

/** The command groups of this plug-in. */
export function commands(): Command[] {
  const group = new Command('sim').description('simulated cards of a site that runs with "npm start"');
  group.addCommand(siteCommand('cards', 'list the cards in the tray', (call) => call('/api/cards', null)));
  group.addCommand(
    siteCommand('present', 'lay a card on the reader', (call, card) => call('/api/present', { card })).argument(
      '<card>',
      'its name, or the beginning of it',
    ),
  );
  group.addCommand(siteCommand('remove', 'take the card away', (call) => call('/api/remove', {})));
  return [group];
}

type Call = (path: string, body: object | null) => Promise<TrayView>;

function siteCommand(name: string, description: string, act: (call: Call, card: string) => Promise<TrayView>): Command {
  return new Command(name)
    .description(description)
    .option('--data <folder>', 'folder of the site', 'data')
    .option('--json', 'print one JSON object')
    .action(async function (this: Command) {
      const options = this.opts<{ data: string; json?: boolean }>();
      const view = await act(await trayOf(options.data), this.args[0] ?? '');
      const output = processOutput(options.json === true);
      for (const card of view.cards) {
        output.line(
          `${card.handle === view.present ? '→' : ' '} ${card.handle.padEnd(14)} ${card.story.padEnd(8)} ${card.latin}`,
        );
      }
      output.line(view.present === null ? 'The reader is empty.' : `${view.present} is on the reader.`);
      output.result({ ok: true, ...view });
    });
}

async function trayOf(folder: string): Promise<Call> {
  const file = join(folder, 'site.json');
  const text = await readFile(file, 'utf8').catch((cause: unknown) => {
    throw new WaslError(
      'ERR_USAGE',
      `no site has run in ${folder}: start one with "npm start", or name its folder with --data`,
      { cause },
    );
  });
  const { trayUrl } = JSON.parse(text) as { trayUrl: string };
  return async (path, body) => {
    const init =
      body === null
        ? {}
        : { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) };
    const answer = await fetch(`${trayUrl}${path}`, init).catch((cause: unknown) => {
      throw new WaslError('ERR_USAGE', `the site in ${folder} does not run now: start it with "npm start"`, { cause });
    });
    const result = (await answer.json()) as TrayView & { error?: { message: string } };
    if (!answer.ok) throw new WaslError('ERR_USAGE', result.error?.message ?? `the tray answered ${answer.status}`);
    return result;
  };
}
