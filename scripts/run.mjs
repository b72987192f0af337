/**
 * `node scripts/run.mjs NAME [argument …]`: builds and runs `simulators/NAME/main.ts`. Set-up and build speak on
 * stderr only: stdout is the program's.
 */
import { build } from './lib/build.mjs';
import { handOver } from './lib/hand-over.mjs';
import { main, ScriptError } from './lib/say.mjs';
import { setUp } from './lib/set-up.mjs';

await main(async () => {
  const [name = '', ...args] = process.argv.slice(2);
  if (!/^[a-z][a-z-]*$/.test(name))
    throw new ScriptError('which simulator? Usage: node scripts/run.mjs NAME [argument …]');
  await setUp();
  await build();
  await handOver(`simulators/${name}/main.js`, args);
});
