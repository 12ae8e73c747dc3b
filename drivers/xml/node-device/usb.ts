import { absent, record, type Part } from '../describe/part.ts';
import type { UsbDeviceCapability, UsbInterfaceCapability } from './definition.ts';
import { namedId, optionalText, requiredNumber } from './parts.ts';

export const usbDevice: Part<UsbDeviceCapability> = record({
  type: absent('usb_device'),
  bus: requiredNumber('bus', 'USB bus number'),
  device: requiredNumber('device', 'USB device number'),
  product: namedId('product', 'USB product ID'),
  vendor: namedId('vendor', 'USB vendor ID'),
});

export const usbInterface: Part<UsbInterfaceCapability> = record({
  type: absent('usb'),
  number: requiredNumber('number', 'USB interface number'),
  class: requiredNumber('class', 'USB interface class'),
  subclass: requiredNumber('subclass', 'USB interface subclass'),
  protocol: requiredNumber('protocol', 'USB interface protocol'),
  description: optionalText('description'),
});
