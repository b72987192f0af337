import { Command } from 'commander';
import type { Language } from '../../domain/texts.js';
import { counted } from '../shared/counted.js';
import { processOutput } from '../shared/output.js';
import { changesBetween, type PolicyChange } from './changes.js';
import { readPolicyFile } from './file.js';
import { languageOption } from './print.js';

interface DiffOptions {
  readonly lang: Language;
  readonly strict?: boolean;
  readonly json?: boolean;
}

/** `wasl policy diff OLD NEW`: what changes for whom, and what of it is dangerous. */
export function diffPolicyCommand(): Command {
  return new Command('diff')
    .description(
      'what changes between two policies, by programme and commodity, and what of it is dangerous for cards in use',
    )
    .argument('<old>', 'policy in force, in JSON')
    .argument('<new>', 'policy that is to follow it, in JSON')
    .addOption(languageOption())
    .option('--strict', 'exit status 1 where a change is dangerous')
    .option('--json', 'print one JSON object')
    .addHelpText('after', '\nExample:\n  wasl policy diff in-force.policy.json next.policy.json --strict')
    .action(async (before: string, after: string, options: DiffOptions) => {
      const output = processOutput(options.json === true);
      const [old, next] = [await readPolicyFile(before), await readPolicyFile(after)];
      const changes = changesBetween(old, next, options.lang);
      const dangerous = changes.filter(({ danger }) => danger !== null);
      let about: string | null = null;
      for (const change of changes) {
        if (change.about !== about) output.line(change.about === '' ? 'the policy' : change.about);
        about = change.about;
        for (const line of linesOf(change)) output.line(`  ${line}`);
      }
      output.line(
        changes.length === 0
          ? 'Nothing changes.'
          : `${counted(changes.length, 'change')}, ${dangerous.length} of them dangerous for cards in use.`,
      );
      const isRefused = options.strict === true && dangerous.length > 0;
      output.result({ ok: !isRefused, changes, dangerous: dangerous.length });
      if (isRefused) process.exitCode = 1;
    });
}

function linesOf({ kind, before, after, danger }: PolicyChange): string[] {
  return [
    `${kind}${danger === null ? '' : ', DANGEROUS'}:`,
    ...(before === null ? [] : [`  - ${before}`]),
    ...(after === null ? [] : [`  + ${after}`]),
    ...(danger === null ? [] : [`  ! ${danger}`]),
  ];
}
