import { availableParallelism, cpus, release, totalmem, type } from 'node:os';

/** The machine in one line, without a name that tells whose it is. */
export function machine(): string {
  const model = cpus()[0]?.model.trim() || 'unknown processor';
  const gib = Math.round(totalmem() / 2 ** 30);
  const kernel = release().split('-')[0];
  return `${availableParallelism()} cores (${model}), ${gib} GiB, ${type()} ${kernel}, Node ${process.versions.node}`;
}
