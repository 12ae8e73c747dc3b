import type { Duplex } from 'node:stream';
import type { StreamSink, StreamSource } from '../../drivers/contract/data-stream.ts';

/** What a call makes its stream of. */
export type StreamBody =
  | { readonly kind: 'channel'; readonly channel: Duplex }
  | { readonly kind: 'source'; readonly source: StreamSource }
  | { readonly kind: 'sink'; readonly sink: StreamSink };

/** The stream will not be: ends what it would have been made of. */
export function discardBody(body: StreamBody): void {
  switch (body.kind) {
    case 'channel':
      body.channel.destroy();
      break;
    case 'source':
      void body.source.close().catch(ignore);
      break;
    case 'sink':
      void body.sink.abort().catch(ignore);
  }
}

const ignore = (): void => {};
