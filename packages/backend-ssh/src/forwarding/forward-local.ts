import type { SharedConnection } from '../connection/shared-connection.ts';
import { Carrier } from './carrier.ts';
import { cannotConnect } from './forward-faults.ts';
import type { CheckedForward } from './forward-options.ts';
import type { ForwardOptions, SocketAddress } from './forwarding.ts';
import { listenHere } from './listen-here.ts';
import { OpenForwarding } from './open-forwarding.ts';

/** Listens here. Once the host was reached, so that a caller learns at once of one that cannot be. */
export async function forwardLocal<Listen extends SocketAddress>(
  { listen, to }: CheckedForward,
  { onError }: ForwardOptions,
  shared: SharedConnection,
  signal: AbortSignal,
): Promise<OpenForwarding<Listen>> {
  await shared.enter(signal);
  const leave = (): Promise<void> => shared.leave();
  try {
    const carrier = new Carrier(onError);
    const { endpoint, close } = await listenHere(listen, (socket) => {
      // It may fail while the other end is being opened; who joins them is told then.
      socket.on('error', () => {});
      carrier.carry({
        open: async (ending) => {
          const stream = await shared.stream(to, ending).catch((cause: unknown) => {
            throw cannotConnect(cause, to, 'the host');
          });
          return [socket, stream];
        },
        refuse: () => socket.destroy(),
      });
    });
    return new OpenForwarding(endpoint, { carrier, stopListening: close, leave });
  } catch (fault) {
    await leave();
    throw fault;
  }
}
