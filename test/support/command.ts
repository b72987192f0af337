/** Runs a command of `wasl` inside the test, and keeps what it says. */
import type { Command } from 'commander';
import { vi } from 'vitest';

/** What a command said on standard output, and how it ended. */
export interface Printed {
  readonly out: string;
  readonly exitCode: number;
}

/** Runs a command with these words. What it says on standard error is dropped. Rejects with what the command rejects with, a word it does not know included. */
export async function runCommand(command: Command, ...words: readonly string[]): Promise<Printed> {
  let out = '';
  const output = vi.spyOn(process.stdout, 'write').mockImplementation((chunk, ...more) => {
    out += String(chunk);
    for (const one of more) if (typeof one === 'function') one(null);
    return true;
  });
  const errors = vi.spyOn(process.stderr, 'write').mockImplementation(() => true);
  const before = process.exitCode;
  process.exitCode = 0;
  try {
    for (const one of [command, ...command.commands]) one.exitOverride();
    await command.parseAsync([...words], { from: 'user' });
    return { out, exitCode: Number(process.exitCode ?? 0) };
  } finally {
    process.exitCode = before;
    output.mockRestore();
    errors.mockRestore();
  }
}
