import { Command } from 'commander';
import { backupCommand, restoreCommand, verifyBackupCommand } from './backup.js';
import { casesCommands, usageCommand } from './cases.js';
import { endorsedCommand } from './endorsed.js';

/** `wasl centre …`: what is done with the data of the centre. */
export function centreCommands(): Command {
  const group = new Command('centre');
  group.addCommand(backupCommand());
  group.addCommand(verifyBackupCommand());
  group.addCommand(restoreCommand());
  group.addCommand(casesCommands());
  group.addCommand(usageCommand());
  group.addCommand(endorsedCommand());
  return group;
}
