import { Command } from 'commander';
import { issueCardCommand } from './issue.js';
import { dumpCardCommand, wipeCardCommand } from './memory.js';
import { cardPinCommand } from './pin.js';
import { qrCardCommand } from './qr.js';
import { readCardCommand } from './read.js';
import { cardRecordsCommand } from './records.js';
import { replaceCardCommand } from './replace.js';
import { slipCommand } from './slip.js';
import { updateCardCommand } from './update.js';
import { verifyCardCommand } from './verify.js';

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
  group.addCommand(cardPinCommand());
  group.addCommand(wipeCardCommand());
  group.addCommand(qrCardCommand());
  group.addCommand(slipCommand());
  return group;
}
