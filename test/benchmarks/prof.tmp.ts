import { queueCommands } from './jobs/queue-commands.ts';
const s = process.argv[2] as any, at = (process.argv[3] ?? 'one') as any;
console.log(s, at, (await queueCommands({ subject: s, at, n: Number(process.argv[4] ?? 100000) })).toFixed(2));
