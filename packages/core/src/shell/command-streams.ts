import type { CommandStream } from './command-stream.ts';
import type { ShellStream } from './shell-stream.ts';

export type CommandStreams = Readonly<Record<'stdout' | 'stderr', CommandStream>>;

export interface FrameNonces {
  /** Of the first frames. Without one on stderr all that comes there from now on is the command's. */
  readonly begins: { readonly stdout: string; readonly stderr?: string };
  readonly end: string;
  /** See `CommandStreamParts`. */
  readonly lingers?: () => boolean;
}

/**
 * Both streams of the command that is sent now. Whoever sends it waits for the first frame of each before anybody reads, and of two streams that
 * share a connection a daemon may send much of one before the other's frame: so neither is held back until both have begun.
 */
export function commandStreams(
  from: Readonly<Record<'stdout' | 'stderr', ShellStream>>,
  { begins, end, lingers }: FrameNonces,
): CommandStreams {
  const streams = { stdout: from.stdout.command(begins.stdout, end, lingers), stderr: from.stderr.command(begins.stderr, end, lingers) };
  const both = Promise.all([streams.stdout.begun, streams.stderr.begun]);
  for (const stream of [streams.stdout, streams.stderr]) stream.holdBackAfter(both);
  return streams;
}
