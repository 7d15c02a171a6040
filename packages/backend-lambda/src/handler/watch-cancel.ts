import type { HandlerSettings } from './handler-options.ts';

/** Asks the caller's hook again and again, one question at a time, until it says yes or `stop` is called. */
export function watchCancel(
  executionId: string,
  { cancelled, cancelPollMs }: Pick<HandlerSettings, 'cancelled' | 'cancelPollMs'>,
  onCancelled: () => void,
): { stop(): void } {
  if (!cancelled) return { stop: () => {} };
  let timer: NodeJS.Timeout | undefined;
  let isOver = false;
  const ask = async (): Promise<void> => {
    // A store that fails now may answer next time; the deadline holds all the same.
    const isCancelled = await Promise.resolve()
      .then(() => cancelled(executionId))
      .catch(() => false);
    if (isOver) return;
    if (isCancelled === true) onCancelled();
    else timer = setTimeout(ask, cancelPollMs);
  };
  timer = setTimeout(ask, cancelPollMs);
  return {
    stop: () => {
      isOver = true;
      clearTimeout(timer);
    },
  };
}
