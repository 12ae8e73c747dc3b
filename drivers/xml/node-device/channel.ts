import { absent, mapped, record, required, type Part } from '../describe/part.ts';
import { child } from '../describe/element.ts';
import type {
  ApCardCapability,
  ApMatrixCapability,
  ApQueueCapability,
  CcwCapability,
  ChannelAddress,
  CssCapability,
  VdpaCapability,
} from './definition.ts';
import { mdevTypes, numberChild, optionalText } from './parts.ts';
import { unsupported } from './refusals.ts';

/** A number of IBM Z's devices, and how its absence is refused. */
const place = (name: string, digits: number): Part<number> =>
  required(numberChild(name, name, digits), () => unsupported(`missing ${name} value`));

const channelAddress: Part<ChannelAddress> = record({
  cssid: place('cssid', 1),
  ssid: place('ssid', 1),
  devno: place('devno', 4),
});

const address = { cssid: place('cssid', 1), ssid: place('ssid', 1), devno: place('devno', 4) };

export const ccw: Part<CcwCapability> = record({ type: absent('ccw'), ...address });

export const css: Part<CssCapability> = record({
  type: absent('css'),
  ...address,
  channelDevice: child('channel_dev_addr', channelAddress),
  mdevTypes,
});

export const apCard: Part<ApCardCapability> = record({ type: absent('ap_card'), adapter: place('ap-adapter', 2) });

export const apQueue: Part<ApQueueCapability> = record({
  type: absent('ap_queue'),
  adapter: place('ap-adapter', 2),
  domain: place('ap-domain', 4),
});

export const apMatrix: Part<ApMatrixCapability> = record({ type: absent('ap_matrix'), mdevTypes });

export const vdpa: Part<VdpaCapability> = record({
  type: absent('vdpa'),
  char: mapped(
    optionalText('chardev'),
    value => value,
    value => value,
  ),
});
