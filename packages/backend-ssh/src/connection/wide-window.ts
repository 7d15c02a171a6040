import type { Duplex, Readable } from 'node:stream';

/** Bytes that the server may send ahead of a reader who keeps up: enough for 80 MiB/s at 50 ms. ssh2 has 2 MiB, renewed at half. */
const WINDOW_BYTES = 4 << 20;
/** Of so many at least the server is told at once. */
const STEP_BYTES = 512 << 10;
/** Channels that bring less are not worth a packet more. */
const SMALL_BYTES = 512 << 10;
/** A reader who lets so much lie gets no more ahead than ssh2 gives. */
const BEHIND_BYTES = 256 << 10;

/** How ssh2 calls a channel of ours to which nothing more is sent; after the end of a command's input it is `eof`. */
const CLOSED: ReadonlySet<string> = new Set(['closing', 'closed']);

/** What ssh2 has of a channel. */
interface Inner {
  readonly incoming: { window: number };
  readonly outgoing: { readonly id: number; readonly state: string };
  readonly _client: { readonly _protocol: { channelWindowAdjust(channel: number, bytes: number): void } };
}

/**
 * Lets the server send further ahead on a channel that brings much. Of what nobody reads, at most this window is held besides ssh2's own 2 MiB.
 * This is no part of what ssh2 promises: where it is not found, its own window remains.
 */
export function widenWindow(channel: Duplex & { readonly stderr?: Readable }): void {
  if (!hasWindow(channel)) return;
  const { incoming, outgoing, _client: client } = channel;
  let received = 0;
  for (const stream of [channel, channel.stderr]) {
    if (!stream) continue;
    const push = stream.push.bind(stream);
    stream.push = (data: Uint8Array | null) => {
      const wantsMore = push(data);
      received += data?.length ?? 0;
      if (received < SMALL_BYTES || CLOSED.has(outgoing.state)) return wantsMore;
      const missing = WINDOW_BYTES - incoming.window;
      if (missing < STEP_BYTES || channel.readableLength + (channel.stderr?.readableLength ?? 0) > BEHIND_BYTES) return wantsMore;
      incoming.window += missing;
      client._protocol.channelWindowAdjust(outgoing.id, missing);
      return wantsMore;
    };
  }
}

function hasWindow<C extends object>(channel: C): channel is C & Inner {
  const { incoming, outgoing, _client: client } = channel as Partial<Inner>;
  return (
    typeof incoming?.window === 'number' && typeof outgoing?.id === 'number' && typeof client?._protocol?.channelWindowAdjust === 'function'
  );
}
