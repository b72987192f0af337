import { Command, Option } from 'commander';
import { LANGUAGES, type Language } from '../../domain/texts.js';
import { readPolicyFile } from './file.js';
import { healthStatements } from './health.js';
import { statementsOf } from './statements.js';

/** `--lang`, with English where it is left out. */
export function languageOption(): Option {
  return new Option('--lang <language>', 'language of the sentences').choices([...LANGUAGES]).default('en');
}

/** `wasl policy print FILE`: the policy as a page for an official, in Markdown. */
export function printPolicyCommand(): Command {
  return new Command('print')
    .description('print a policy as a readable page (Markdown), each rule as a sentence')
    .argument('<file>', 'policy in JSON')
    .addOption(languageOption())
    .addHelpText(
      'after',
      '\nExample:\n  wasl policy print docs/samples/egypt-rations.policy.json --lang ar > rations.md',
    )
    .action(async (file: string, options: { readonly lang: Language }) => {
      const { lang } = options;
      const policy = await readPolicyFile(file);
      const lines = [
        `# ${policy.name}`,
        '',
        `${policy.timeZone}${policy.currency === undefined ? '' : `, ${policy.currency}`}`,
      ];
      for (const { programme, statements, commodities } of statementsOf(policy, lang)) {
        lines.push(
          '',
          `## ${programme.title[lang]} (${programme.number})`,
          '',
          ...statements.map(({ text }) => `- ${text}`),
        );
        for (const { commodity, statements: rules } of commodities) {
          lines.push(
            '',
            `### ${commodity.name[lang]} (${commodity.number})`,
            '',
            ...rules.map(({ text }) => `- ${text}`),
          );
        }
      }
      const health = healthStatements(policy, lang);
      if (health !== null) lines.push('', `## ${health.title}`, '', ...health.lines.map((text) => `- ${text}`));
      process.stdout.write(`${lines.join('\n')}\n`);
    });
}
