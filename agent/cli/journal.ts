import { join } from 'node:path';
import { Command } from 'commander';
import { decodeEvent } from '../../sync/protocol/event-codec.js';
import { readTerminalConfig } from '../config.js';
import { codeOf } from '../domain/errors.js';
import { eventId } from '../domain/event.js';
import { nodeDisk } from '../journal/node-disk.js';
import { cardPseudonym, pseudonymKey } from '../journal/pseudonym.js';
import { exportEvents, type VerifyOptions, verifyJournal } from '../journal/verify.js';
import { openSecrets } from '../secrets.js';
import { processOutput } from './output.js';
import { progressLine } from './progress.js';

/** `wasl journal …`: look through the journal of a terminal that does not run. */
export function journalCommands(): Command {
  const group = new Command('journal').description('the journal of a terminal that is stopped: verify it, show it');
  group.addCommand(verifyCommand());
  group.addCommand(showCommand());
  return group;
}

function verifyCommand(): Command {
  return new Command('verify')
    .description('check every byte: checksums, seals, sequence, hash chain; changes nothing')
    .requiredOption('--config <file>', 'configuration of the terminal')
    .option('--json', 'print one JSON object')
    .action(async (options: { config: string; json?: boolean }) => {
      const output = processOutput(options.json === true);
      const progress = progressLine(process.stderr);
      const report = await verifyJournal({
        ...(await source(options.config)),
        onProgress: ({ segment, events }) => progress.show(`segment ${segment}, ${events} events`),
      });
      progress.clear();
      const { sound, events, segments, bytes, backlog, openIntents, undispensed, tornBytes, damages } = report;
      output.line(`${sound ? 'Sound' : 'DAMAGED'}: ${events} events in ${segments} segment(s), ${bytes} bytes.`);
      for (const epoch of report.epochs)
        output.line(`  epoch ${epoch.name}: ${epoch.lastSeq} events, head ${hex(epoch.head).slice(0, 16)}…`);
      output.line(
        `  not acknowledged by the centre: ${backlog}; open intents: ${openIntents}; hand-overs not confirmed: ${undispensed}`,
      );
      if (tornBytes > 0)
        output.line(`  ${tornBytes} bytes of a write that a power cut tore; nothing of them had been promised`);
      for (const damage of damages) output.line(`  damage: ${JSON.stringify(damage)}`);
      const epochs = report.epochs.map((epoch) => ({
        name: epoch.name,
        lastSeq: epoch.lastSeq,
        head: hex(epoch.head),
      }));
      output.result({
        ok: sound,
        events,
        segments,
        bytes,
        epochs,
        backlog,
        openIntents,
        undispensed,
        tornBytes,
        damages,
      });
      if (!sound) process.exitCode = 1;
    });
}

function showCommand(): Command {
  return new Command('show')
    .description('list the events, oldest first; cards appear under their pseudonym')
    .requiredOption('--config <file>', 'configuration of the terminal')
    .option('--json', 'print one JSON object')
    .action(async (options: { config: string; json?: boolean }) => {
      const output = processOutput(options.json === true);
      const from = await source(options.config);
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

async function source(configFile: string): Promise<VerifyOptions & { readonly terminal: string }> {
  const config = await readTerminalConfig(configFile);
  const key = await openSecrets(config.secretsFolder, process.env).key('journal-key');
  return { disk: nodeDisk(), folder: join(config.dataFolder, 'journal'), key, terminal: config.terminal };
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex');
}
