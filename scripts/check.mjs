/** `npm run check`: format, lint, types, import rules, unused code. Ends with exit code 1 when one of them fails. */
import { runChecks } from './lib/checks.mjs';
import { main, ScriptError } from './lib/say.mjs';
import { setUp } from './lib/set-up.mjs';

await main(async () => {
  await setUp();
  const failed = await runChecks();
  if (failed.length > 0) throw new ScriptError(`failed: ${failed.join(', ')}`);
});
