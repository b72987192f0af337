import { Command } from 'commander';
import { readJsonFile } from '../../files.js';
import { checkDraft, problemLines } from '../../trust/policy/check.js';
import { policyJsonSchema } from '../../trust/policy/json-schema.js';
import { type PolicyProblem, pathText } from '../../trust/policy/problem.js';
import { counted } from '../shared/counted.js';
import { processOutput } from '../shared/output.js';
import { diffPolicyCommand } from './diff.js';
import { explainPolicyCommand } from './explain.js';
import { policyError } from './file.js';
import { printPolicyCommand } from './print.js';

/** `wasl policy …`: the rules that are served under, before they are signed. */
export function policyCommands(): Command {
  const group = new Command('policy');
  group.addCommand(checkCommand());
  group.addCommand(explainPolicyCommand());
  group.addCommand(diffPolicyCommand());
  group.addCommand(printPolicyCommand());
  group.addCommand(schemaCommand());
  return group;
}

function checkCommand(): Command {
  return new Command('check')
    .description('check a policy: every mistake with its place and what to do; warnings do not fail it')
    .argument('<file>', 'policy in JSON, e.g. docs/samples/egypt-rations.policy.json')
    .option('--strict', 'fail on warnings as well')
    .option('--json', 'print one JSON object')
    .addHelpText(
      'after',
      `
Exit status: 0 without mistakes, 1 with any (ERR_POLICY; with --strict also for warnings), 2 where the file is no JSON.

Examples:
  wasl policy check docs/samples/egypt-rations.policy.json
  wasl policy check rules.policy.json --json | jq '.problems[] | .path + ": " + .remedy'`,
    )
    .action(async (file: string, options: { readonly strict?: boolean; readonly json?: boolean }) => {
      const output = processOutput(options.json === true);
      const { policy, problems, warnings } = checkDraft(await readJsonFile(file));
      const isGood = policy !== null && (options.strict !== true || warnings.length === 0);
      if (problems.length > 0) output.line(`ERR_POLICY: ${policyError(file, problems).message}`);
      if (warnings.length > 0) {
        output.line(`${file} has ${counted(warnings.length, 'warning')}:`);
        for (const line of problemLines(warnings)) output.line(line);
      }
      if (policy !== null) {
        const commodities = policy.programmes.reduce((sum, one) => sum + one.commodities.length, 0);
        output.line(
          `${file}: no mistakes; ${counted(policy.programmes.length, 'programme')}, ${counted(commodities, 'commodity', 'commodities')}.`,
        );
      }
      output.result({
        ok: isGood,
        ...(isGood ? {} : { error: { code: 'ERR_POLICY' } }),
        problems: problems.map(plain),
        warnings: warnings.map(plain),
      });
      if (!isGood) process.exitCode = 1;
    });
}

function plain({ path, ...rest }: PolicyProblem): object {
  return { path: pathText(path), pointer: path.map((step) => `/${step}`).join(''), ...rest };
}

function schemaCommand(): Command {
  return new Command('schema')
    .description('print the JSON Schema of policies, for editors; it is published as docs/formats/policy.schema.json')
    .action(() => {
      process.stdout.write(`${JSON.stringify(policyJsonSchema(), null, 2)}\n`);
    });
}
