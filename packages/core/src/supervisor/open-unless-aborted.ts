import type { ByteChannel } from '../driver.ts';
import { orAborted } from '../or-aborted.ts';
import type { SupervisorOptions } from './supervisor-options.ts';

/** Rejects at the abort. A shell that comes after it is of no use. */
export function openUnlessAborted(openShell: SupervisorOptions['openShell'], signal: AbortSignal): Promise<ByteChannel> {
  return orAborted(opened(openShell, signal), signal);
}

async function opened(openShell: SupervisorOptions['openShell'], signal: AbortSignal): Promise<ByteChannel> {
  const channel = await openShell(signal);
  if (signal.aborted) channel.destroy();
  return channel;
}
