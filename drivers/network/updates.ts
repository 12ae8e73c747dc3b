import { errors } from '../contract/error.ts';
import { DomainMetadataType as Metadata, ErrorDomain } from '../contract/constants.ts';
import type { NetworkUpdates } from '../contract/network.ts';
import { checkBounds } from '../xml/bounds.ts';
import { metadataElement, withMetadataElement } from '../xml/domain/metadata.ts';
import type { NetworkDefinition } from '../xml/network/definition.ts';
import { formatNetwork } from '../xml/network/network-document.ts';
import { readUpdate } from '../xml/network/update-elements.ts';
import { validate } from '../xml/network/validate.ts';
import { affected } from './affect.ts';
import type { NetworkContext } from './context.ts';
import { current, inactive, networkOf, refOf, runningOf, type Network } from './network.ts';
import { connections } from './queries.ts';
import { tellHook } from './starting.ts';
import { updated } from './update/updated.ts';

type Change = (definition: NetworkDefinition) => NetworkDefinition | Promise<NetworkDefinition>;

/** Changes of parts of a network. */
export function updates(context: NetworkContext): NetworkUpdates {
  const { networks, jobs, events } = context;
  return {
    async networkUpdate(ref, command, section, parentIndex, xml, flags) {
      const network = networkOf(networks, ref);
      await jobs.change(network, async () => {
        networkOf(networks, ref);
        const wanted = affected(network, flags, 'networkUpdate');
        const request = { command, section, parentIndex, element: () => readUpdate(xml) };
        const inUse = network.running === null ? new Map<string, number>() : connections(network.running).byDevice;
        await change(context, network, wanted, async definition => {
          const next = await updated(
            definition,
            request,
            definition === network.running?.definition ? inUse : new Map(),
          );
          validate(next);
          return next;
        });
      });
    },

    networkGetMetadata(ref, type, uri, flags) {
      const network = networkOf(networks, ref);
      const { config } = affected(network, flags, 'networkGetMetadata');
      return readMetadata(config ? inactive(network) : current(network), type, uri ?? '');
    },

    async networkSetMetadata(ref, type, metadata, key, uri, flags) {
      const network = networkOf(networks, ref);
      await jobs.change(network, async () => {
        networkOf(networks, ref);
        const wanted = affected(network, flags, 'networkSetMetadata');
        await change(context, network, wanted, definition =>
          withMetadata(definition, { type, metadata, key, uri: uri ?? '' }),
        );
        events.emit({ kind: 'metadataChange', network: refOf(network), type, nsuri: uri });
      });
    },
  };
}

/** Both definitions are made before either is put in place. */
async function change(
  context: NetworkContext,
  network: Network,
  { live, config }: { live: boolean; config: boolean },
  make: Change,
): Promise<void> {
  const { host, files, stored } = context;
  const nextLive = live ? await made(runningOf(network).definition, make) : null;
  const nextStored = config ? await made(inactive(network), make) : null;
  if (nextLive !== null) {
    const running = runningOf(network);
    await host.update(running.definition, nextLive);
    running.definition = nextLive;
    await files.saveStatus(network);
    await tellHook(context, 'updated', network.name, nextLive);
  }
  if (nextStored !== null) {
    await stored.save(nextStored);
    network.stored = nextStored;
  }
}

/** What grows by and by must remain a document that can be read again. */
async function made(definition: NetworkDefinition, make: Change): Promise<NetworkDefinition> {
  const next = await make(definition);
  checkBounds(formatNetwork(next));
  return next;
}

const missing = (text: string) => errors.noNetworkMetadata(text, ErrorDomain.NETWORK);
const NOT_PRESENT = 'Requested metadata element is not present';

function readMetadata(definition: NetworkDefinition, type: number, uri: string): string {
  if (type === Metadata.ELEMENT) return metadataElement(definition, uri, missing);
  if (type !== Metadata.TITLE && type !== Metadata.DESCRIPTION) throw unknownType(type);
  const text = type === Metadata.TITLE ? definition.title : definition.description;
  if (text === null) throw missing(NOT_PRESENT);
  return text;
}

interface MetadataChange {
  readonly type: number;
  readonly metadata: string | null;
  readonly key: string | null;
  readonly uri: string;
}

/** An empty title or description is none. */
async function withMetadata(
  definition: NetworkDefinition,
  { type, metadata, key, uri }: MetadataChange,
): Promise<NetworkDefinition> {
  const text = metadata === '' ? null : metadata;
  if (type === Metadata.TITLE) return { ...definition, title: text };
  if (type === Metadata.DESCRIPTION) return { ...definition, description: text };
  if (type !== Metadata.ELEMENT) throw unknownType(type);
  return await withMetadataElement(definition, uri, key, metadata);
}

const unknownType = (type: number) => errors.invalidArg(`unknown metadata type '${type}'`, ErrorDomain.NETWORK);
