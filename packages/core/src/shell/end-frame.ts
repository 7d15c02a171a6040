import type { CommandStream } from './command-stream.ts';

/** How often it is looked at whether a reader holds a stream back. */
const LOOK_MS = 20;

export type Frame = readonly string[] | undefined;

export interface EndFrameParts {
  readonly stdout: CommandStream;
  readonly stderr: CommandStream;
  /** Acts when the shell is gone; what is returned keeps it from doing so. */
  readonly whenGone: (act: () => void) => () => void;
}

/** The exit code that an end frame tells; undefined where it is none, as no shell says it. */
export function exitCodeOf(frame: Frame): number | undefined {
  const [, status = ''] = frame ?? [];
  return /^\d{1,3}$/.test(status) ? Number(status) : undefined;
}

/**
 * A command's end frame, as either stream tells it: a reader may hold the other one back. Undefined when it did not come, or output may
 * be missing before it.
 */
export function endFrame({ stdout, stderr, whenGone }: EndFrameParts): Promise<Frame> {
  return new Promise((resolve) => {
    let looking: NodeJS.Timeout | undefined;
    let first: Frame;
    const done = (frame: Frame): void => {
      forget();
      clearInterval(looking);
      resolve(frame);
    };
    // A shell that is gone has said it before, though it may not have been read yet.
    const forget = whenGone(() => {
      Promise.all([stdout.readOn(), stderr.readOn()]).then(() => done(undefined));
    });
    const told = (frame: Frame): void => {
      if (!frame || first) return done(frame);
      first = frame;
      looking = setInterval(() => (stdout.isHeld || stderr.isHeld) && done(first), LOOK_MS);
    };
    stdout.ended.then(told);
    stderr.ended.then(told);
  });
}
