/** `npm start`: a whole simulated site, from a fresh clone, without root and without hardware. */
import { build } from './lib/build.mjs';
import { handOver } from './lib/hand-over.mjs';
import { main } from './lib/say.mjs';
import { setUp } from './lib/set-up.mjs';

await main(async () => {
  await setUp();
  await build();
  await handOver('simulators/site/main.js', process.argv.slice(2));
});
