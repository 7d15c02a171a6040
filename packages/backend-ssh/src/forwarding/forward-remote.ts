import { orAborted } from '@errand/core/waiting';
import { openSocket } from '../connection/open-socket.ts';
import type { Incoming } from '../connection/remote-listeners.ts';
import type { SharedConnection } from '../connection/shared-connection.ts';
import { Carrier } from './carrier.ts';
import { cannotConnect, cannotListenThere, lostWhileListening } from './forward-faults.ts';
import type { CheckedForward } from './forward-options.ts';
import type { ForwardOptions, SocketAddress } from './forwarding.ts';
import { OpenForwarding } from './open-forwarding.ts';
import { stopListening } from './stop-listening.ts';

/** Listens on the host. */
export async function forwardRemote<Listen extends SocketAddress>(
  { listen, to }: CheckedForward,
  { onError }: ForwardOptions,
  shared: SharedConnection,
  signal: AbortSignal,
): Promise<OpenForwarding<Listen>> {
  const connection = await shared.enter(signal);
  const leave = (): Promise<void> => shared.leave();
  try {
    const carrier = new Carrier(onError);
    const take = (incoming: Incoming): void =>
      carrier.carry({
        // The host's client is let in only once there is somebody for it to talk to.
        open: async (ending) => {
          const socket = await openSocket(to, ending, { allowHalfOpen: true }).catch((cause: unknown) => {
            throw cannotConnect(cause, to, 'this process');
          });
          try {
            return [incoming.accept(), socket];
          } catch (fault) {
            socket.destroy();
            throw fault;
          }
        },
        refuse: incoming.refuse,
      });
    const listening = connection.listeners.listen(listen, take);
    const listener = await orAborted(listening, signal).catch((fault: unknown) => {
      listening.then(
        (late) => stopListening(late, connection),
        () => {},
      );
      throw signal.aborted ? fault : cannotListenThere(fault, listen);
    });
    const forwarding = new OpenForwarding<Listen>(listener.endpoint, {
      carrier,
      stopListening: () => stopListening(listener, connection),
      leave,
    });
    const stop = connection.loss.when((why) => void forwarding.end(lostWhileListening(why, listener.endpoint)));
    forwarding.closed.then(stop);
    return forwarding;
  } catch (fault) {
    await leave();
    throw fault;
  }
}
