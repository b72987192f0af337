import { Command } from 'commander';
import { issueCardCommand } from './card-issue.js';
import { dumpCardCommand, wipeCardCommand } from './card-memory.js';
import { qrCardCommand } from './card-qr.js';
import { readCardCommand } from './card-read.js';
import { cardRecordsCommand } from './card-records.js';
import { replaceCardCommand } from './card-replace.js';
import { updateCardCommand } from './card-update.js';
import { verifyCardCommand } from './card-verify.js';

/** `wasl card …`: making cards and looking at them. */
export function cardCommands(): Command {
  const group = new Command('card');
  group.addCommand(verifyCardCommand());
  group.addCommand(issueCardCommand());
  group.addCommand(readCardCommand());
  group.addCommand(cardRecordsCommand());
  group.addCommand(dumpCardCommand());
  group.addCommand(updateCardCommand());
  group.addCommand(replaceCardCommand());
  group.addCommand(wipeCardCommand());
  group.addCommand(qrCardCommand());
  return group;
}
