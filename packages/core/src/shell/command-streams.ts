import type { CommandStream } from './command-stream.ts';
import type { ShellStream } from './shell-stream.ts';

export type CommandStreams = Readonly<Record<'stdout' | 'stderr', CommandStream>>;

/**
 * Both streams of the command that is sent now. Whoever sends it waits for the first frame of each before anybody reads, and of two streams that
 * share a connection a daemon may send much of one before the other's frame: so neither is held back until both have begun.
 */
export function commandStreams(
  from: Readonly<Record<'stdout' | 'stderr', ShellStream>>,
  ...nonces: Parameters<ShellStream['command']>
): CommandStreams {
  const streams = { stdout: from.stdout.command(...nonces), stderr: from.stderr.command(...nonces) };
  const both = Promise.all([streams.stdout.begun, streams.stderr.begun]);
  for (const stream of [streams.stdout, streams.stderr]) stream.holdBackAfter(both);
  return streams;
}
