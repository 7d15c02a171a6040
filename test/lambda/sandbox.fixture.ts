import { readdirSync, readFileSync } from 'node:fs';
import { Writable } from 'node:stream';

/** A sandbox with a process table of its own, as on Lambda: its first process loads the shipped handler and is invoked twice. */
const [bundle = '', temporaryDirectory = ''] = process.argv.slice(2);
Reflect.set(globalThis, 'awslambda', { streamifyResponse: (answer: unknown) => answer });
const { createHandler } = await import(bundle);
const answer = createHandler({ temporaryDirectory, endsEverything: true });

async function invoke(executionId: string, command: string): Promise<string> {
  let said = '';
  const response = new Writable({
    write: (bytes, _encoding, done) => {
      said += bytes;
      done();
    },
  });
  const event = { errand: 2, executionId, command, env: {}, shell: '/bin/sh', limits: {}, mergeStderr: false, timeoutMs: 20_000 };
  await answer({ ...event, killSignal: 'SIGTERM', killGraceMs: 300 }, response, { getRemainingTimeInMillis: () => 60_000 });
  return said;
}

/** What runs beside this process. */
function others(): string[] {
  const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid);
  return pids
    .map((pid) => readFileSync(`/proc/${pid}/stat`, 'latin1').split(' ').slice(1, 3).join(' '))
    .filter((stat) => !stat.endsWith(' Z'));
}

const before = others();
// It leaves nothing by which it could be told whose it was: no group, session, parent, environment.
const escapes = `setsid sh -c 'env -i setsid sh -c "exec sleep 600 >/dev/null 2>&1" & exit 0' & wait; sleep 0.3; echo left >${temporaryDirectory}/file`;
const answers = [await invoke('a-1', escapes), await invoke('a-2', `ls -A ${temporaryDirectory} | wc -l; exit 3`)];
process.stdout.write(
  JSON.stringify({ before, after: others(), endings: answers.map((said) => JSON.parse(said.trim().split('\n').at(-1) ?? '').ending) }),
);
process.exit(0);
