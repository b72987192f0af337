import { Command } from 'commander';
import { decodeEvent } from '../../../sync/protocol/event-codec.js';
import { codeOf, WaslError } from '../../domain/errors.js';
import { eventId } from '../../domain/event.js';
import { cardPseudonym, pseudonymKey } from '../../journal/pseudonym.js';
import { exportEvents } from '../../journal/verify.js';
import { processOutput } from '../shared/output.js';
import { progressBar, progressLine } from '../shared/progress.js';
import { exportCommand } from './export.js';
import { importCommand } from './import.js';
import { askRecord, rebuildRecord } from './record.js';
import { journalSource, usageOf } from './source.js';
import { verifyCommand } from './verify.js';

/** `wasl journal …`: look through the journal of a terminal that does not run. */
export function journalCommands(): Command {
  const group = new Command('journal');
  group.addCommand(verifyCommand());
  group.addCommand(showCommand());
  group.addCommand(exportCommand());
  group.addCommand(rebuildCommand());
  group.addCommand(recentCommand());
  group.addCommand(importCommand());
  return group;
}

function showCommand(): Command {
  return new Command('show')
    .description('list the events, oldest first; cards appear under their pseudonym')
    .requiredOption('--config <file>', 'configuration of the terminal')
    .option('--json', 'print one JSON object')
    .action(async (options: { config: string; json?: boolean }) => {
      const output = processOutput(options.json === true);
      const from = await journalSource(options.config);
      await usageOf(from);
      const pseudonyms = pseudonymKey(from.key);
      let count = 0;
      const listed: object[] = [];
      for await (const chained of exportEvents(from)) {
        count += 1;
        const id = eventId(from.terminal, chained.epoch, chained.seq);
        try {
          const event = decodeEvent(chained.bytes);
          const card = 'card' in event && event.card !== null ? cardPseudonym(pseudonyms, event.card) : null;
          const time = new Date(event.time * 1000).toISOString();
          output.line(`${id}  ${time}  ${event.type.padEnd(10)}  ${card ?? '-'}`);
          if (output.json) listed.push({ id, time, type: event.type, card });
        } catch (error) {
          output.line(`${id}  ${codeOf(error)}`);
          if (output.json) listed.push({ id, error: codeOf(error) });
        }
      }
      output.line(count === 0 ? 'No events yet.' : `${count} events.`);
      output.result({ ok: true, count, events: listed });
    });
}

function rebuildCommand(): Command {
  return new Command('rebuild')
    .description('make the queryable record anew from the journal; the old one is set aside')
    .requiredOption('--config <file>', 'configuration of the terminal')
    .option('--json', 'print one JSON object')
    .action(async (options: { config: string; json?: boolean }) => {
      const progress = progressLine(process.stderr);
      const from = await journalSource(options.config);
      // Without this a mistaken folder would get a journal of its own.
      await usageOf(from);
      const events = await rebuildRecord(from, ({ records, total }) =>
        progress.show(`${progressBar(records, total)} ${records} of ${total} events`),
      ).finally(() => progress.clear());
      const output = processOutput(options.json === true);
      output.line(`The record holds ${events} events again.`);
      output.result({ ok: true, events });
    });
}

function recentCommand(): Command {
  return new Command('recent')
    .description('ask the record: the newest events, of all cards or of one')
    .requiredOption('--config <file>', 'configuration of the terminal')
    .option('--card <pseudonym>', 'only events of this card, by the pseudonym that logs show')
    .option('--limit <count>', 'how many at the most', '20')
    .option('--json', 'print one JSON object')
    .action(async (options: { config: string; card?: string; limit: string; json?: boolean }) => {
      const { card: wanted } = options;
      const limit = Number(options.limit);
      if (!Number.isInteger(limit) || limit < 1 || limit > 1000)
        throw new WaslError('ERR_USAGE', '--limit takes a whole number from 1 to 1000');
      const records = await askRecord(await journalSource(options.config), (store) =>
        wanted === undefined ? store.recent(limit) : store.byCard(wanted, limit),
      );
      const events = records.map(({ id, time, type, card }) => ({
        id,
        time: new Date(time * 1000).toISOString(),
        type,
        card,
      }));
      const output = processOutput(options.json === true);
      for (const { id, time, type, card } of events) output.line(`${id}  ${time}  ${type.padEnd(10)}  ${card ?? '-'}`);
      if (events.length === 0) output.line('No events.');
      output.result({ ok: true, events });
    });
}
