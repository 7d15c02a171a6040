import type { CommandStream } from '../shell/command-stream.ts';

/** A session that does not begin a command is given up so long after nobody wants the command any more. */
const ANSWER_MS = 5_000;
/** How late after the session's end the first frames of a command may be read. */
const LATE_MS = 200;

type Frames = readonly [started: readonly string[] | undefined, begun: readonly string[] | undefined];

export interface FirstFramesOptions {
  /** Aborts when nobody wants the command any more. */
  readonly signal: AbortSignal;
  readonly whenGone: (act: () => void) => () => void;
  readonly onSilence: () => void;
}

/** What a session says first of a command; nothing when it is gone, or does not answer though nobody waits for the command any more. */
export function firstFrames(
  { stdout, stderr }: Readonly<Record<'stdout' | 'stderr', CommandStream>>,
  { signal, whenGone, onSilence }: FirstFramesOptions,
): Promise<Frames> {
  return new Promise((resolve) => {
    let timer: NodeJS.Timeout | undefined;
    const done = (frames: Frames): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', abort);
      forget();
      resolve(frames);
    };
    const abort = (): void => {
      timer ??= setTimeout(() => {
        onSilence();
        done([undefined, undefined]);
      }, ANSWER_MS);
    };
    const forget = whenGone(() => {
      timer = setTimeout(done, LATE_MS, [undefined, undefined]);
    });
    signal.addEventListener('abort', abort, { once: true });
    if (signal.aborted) abort();
    Promise.all([stdout.begun, stderr.begun]).then(done);
  });
}
