/** `wasl card …` as a program of its own, which a test can kill. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type CompiledPrograms, compilePrograms } from '../../support/compiled.js';

const RUN = `import { cardCommands } from './agent/cli/card/commands.js';
import { processOutput, reportFailure } from './agent/cli/shared/output.js';
await cardCommands().parseAsync(process.argv.slice(2), { from: 'user' }).catch((error) => {
  process.exitCode = reportFailure(error, processOutput(true));
});
process.exit();
`;

/** Compiles it, together with the driver processes that it starts. It stands as `run.mjs` in the folder. */
export async function compileCardProgram(drivers: readonly string[]): Promise<CompiledPrograms> {
  const programs = await compilePrograms(['agent/cli/card/commands.ts', 'agent/cli/shared/output.ts', ...drivers]);
  await writeFile(join(programs.folder, 'run.mjs'), RUN);
  return programs;
}
