/** A channel as ssh2 keeps it to itself. */
interface HeldChannel {
  readonly type: string;
  readonly subtype: string | undefined;
  readonly _callbacks: readonly unknown[];
  close(): void;
}

/**
 * Closes the channel in which the server has just refused to run a line. ssh2 1.17 forgets it, and it stays open on both sides: after ten of
 * them a server with default settings opens none any more. To be called in the callback of `exec`, where it is the only session in which
 * nothing runs and nothing was asked for.
 */
export function closeRefused(client: object): void {
  const held: Readonly<Record<string, unknown>> = Reflect.get(Object(Reflect.get(client, '_chanMgr')), '_channels') ?? {};
  for (const channel of Object.values(held).filter(isHeld))
    if (channel.type === 'session' && channel.subtype === undefined && channel._callbacks.length === 0) channel.close();
}

/** One that is still being opened is a function there. */
function isHeld(channel: unknown): channel is HeldChannel {
  return typeof channel === 'object' && channel !== null && '_callbacks' in channel;
}
