import type { ChildProcess } from 'node:child_process';

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** Ctrl-C reaches this process twice, by the terminal and by npm, which passes it on: within this time that is one wish. */
const ONE_WISH_MS = 500;
const LOOK_FOR_PARENT_MS = 500;

/**
 * Lets a server that leads a process group of its own, which no terminal reaches, end with this process. Signals are passed on;
 * a parent that is gone counts as SIGHUP, since npm passes on SIGINT and SIGTERM alone.
 */
export function endTogether(server: ChildProcess): void {
  let passedOn = Number.NEGATIVE_INFINITY;
  const pass = (signal: NodeJS.Signals): void => {
    if (performance.now() - passedOn < ONE_WISH_MS) return;
    passedOn = performance.now();
    server.kill(signal);
  };
  for (const signal of SIGNALS) process.on(signal, pass);
  process.once('exit', () => server.kill());

  const parent = process.ppid;
  const look = setInterval(() => {
    if (process.ppid === parent) return;
    clearInterval(look);
    pass('SIGHUP');
  }, LOOK_FOR_PARENT_MS);
  look.unref();
}
