/** Asks a judge, who is a process of its own and gets the order and nothing else. */
import { spawn } from 'node:child_process';
import { text } from 'node:stream/consumers';
import { WaslError } from '../../agent/domain/errors.js';

/** Hands an order to the judge that is the program `main`; resolves to what it says. Rejects with `ERR_INTERNAL` where it could not judge. */
export async function askJudge<Order, Answer>(main: string, order: Order): Promise<Answer> {
  const child = spawn(process.execPath, [main], { stdio: ['pipe', 'pipe', 'inherit'] });
  const ended = new Promise<number | null>((resolve) => child.once('close', resolve));
  child.stdin.end(JSON.stringify(order));
  const answer = await text(child.stdout);
  if ((await ended) !== 0) throw new WaslError('ERR_INTERNAL', 'the judge could not judge');
  return JSON.parse(answer) as Answer;
}
