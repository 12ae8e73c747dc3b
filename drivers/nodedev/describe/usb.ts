import type { NamedId, UsbDeviceCapability, UsbInterfaceCapability } from '../../xml/node-device/definition.ts';
import type { Describe } from './facts.ts';

export const describeUsbDevice: Describe<UsbDeviceCapability> = async ({ tree, usbNames }, { path }, udev) => {
  const bus = tree.number(`${path}/busnum`);
  const device = tree.number(`${path}/devnum`);
  const vendor = hexadecimal(tree.text(`${path}/idVendor`));
  const product = hexadecimal(tree.text(`${path}/idProduct`));
  if (bus === null || device === null || vendor === null || product === null) return null;
  const names = await usbNames.names(vendor, product);
  // What the device says of itself comes last: makers leave there what they like.
  const named = (id: number, property: string, listed: string | null, own: string): NamedId => ({
    id,
    name: udev.properties.get(property) ?? listed ?? tree.text(`${path}/${own}`),
  });
  return {
    type: 'usb_device',
    bus,
    device,
    product: named(product, 'ID_MODEL_FROM_DATABASE', names.product, 'product'),
    vendor: named(vendor, 'ID_VENDOR_FROM_DATABASE', names.vendor, 'manufacturer'),
  };
};

export const describeUsbInterface: Describe<UsbInterfaceCapability> = ({ tree }, { path }) => {
  const read = (name: string): number | null => hexadecimal(tree.text(`${path}/${name}`));
  const number = read('bInterfaceNumber');
  const cls = read('bInterfaceClass');
  const subclass = read('bInterfaceSubClass');
  const protocol = read('bInterfaceProtocol');
  if (number === null || cls === null || subclass === null || protocol === null) return null;
  return { type: 'usb', number, class: cls, subclass, protocol, description: tree.text(`${path}/interface`) };
};

const hexadecimal = (text: string | null): number | null =>
  text !== null && /^[0-9a-f]{1,8}$/i.test(text) ? Number.parseInt(text, 16) : null;
