/**
 * The judge of a scenario, a process of its own: reads an order from standard input (cards' dumps, the database's address), and writes how each row turned
 * out. It never hears what the scenario did.
 */
import { text } from 'node:stream/consumers';
import { gatherEvidence, type JudgeOrder } from './evidence.js';
import { judges } from './judges.js';

const order = JSON.parse(await text(process.stdin)) as JudgeOrder;
const judge = judges().get(order.scenario);
if (judge === undefined) throw new Error(`nobody judges the scenario ${order.scenario}`);
process.stdout.write(`${JSON.stringify(judge(await gatherEvidence(order)))}\n`);
