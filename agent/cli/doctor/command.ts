import { Command } from 'commander';
import { processOutput } from '../shared/output.js';
import type { Finding } from './finding.js';

const MARKS: Readonly<Record<Finding['status'], string>> = { ok: 'ok  ', warning: 'warn', problem: 'FAIL' };

/** `wasl doctor`: what is wrong with this machine, and what to do. */
export function doctorCommand(): Command {
  return new Command('doctor')
    .option('--config <file>', 'also check this configuration and what it needs')
    .option('--json', 'print one JSON object')
    .action(async (options: { config?: string; json?: boolean }) => {
      const { diagnose } = await import('./diagnose.js');
      const findings = await diagnose(options.config);
      const output = processOutput(options.json === true);
      for (const { status, name, message, fix } of findings) {
        output.line(`${MARKS[status]}  ${name.padEnd(16)} ${message}`);
        if (fix !== null) output.line(`${' '.repeat(23)}→ ${fix}`);
      }
      const ok = findings.every((finding) => finding.status !== 'problem');
      output.line(
        ok ? 'Nothing keeps Wasl from working here.' : 'Mend what is marked FAIL, then run "wasl doctor" again.',
      );
      output.result({ ok, findings });
      if (!ok) process.exitCode = 1;
    });
}
