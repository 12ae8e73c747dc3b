import test from 'ava';
import * as fc from 'fast-check';
import { decodeUevent } from './uevent-socket.ts';

const properties = 'ACTION=add\0DEVPATH=/devices/virtual/net/va\0SUBSYSTEM=net\0';

/** As udev puts it: its name, a magic number, the size of the header, and where the properties are. */
function fromUdev(text: string): Buffer {
  const header = Buffer.alloc(40);
  header.write('libudev\0', 'latin1');
  header.writeUInt32BE(0xfeedcafe, 8);
  header.writeUInt32LE(40, 12);
  header.writeUInt32LE(40, 16);
  header.writeUInt32LE(Buffer.byteLength(text), 20);
  return Buffer.concat([header, Buffer.from(text)]);
}

for (const [who, message] of [
  ['the kernel', Buffer.from(`add@/devices/virtual/net/va\0${properties}`)],
  ['udev', fromUdev(properties)],
] as const)
  test(`what ${who} tells is read`, t => {
    const event = decodeUevent(message);
    t.is(event?.get('ACTION'), 'add');
    t.is(event?.get('DEVPATH'), '/devices/virtual/net/va');
    t.is(event?.get('SUBSYSTEM'), 'net');
  });

test('other bytes are no event, and are read within their bounds', t => {
  t.is(decodeUevent(Buffer.from(properties)), null);
  const wrong = fromUdev(properties);
  wrong.writeUInt32LE(0xffff_ff00, 16);
  t.is(decodeUevent(wrong), null);
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 120 }), fc.boolean(), (bytes, udev) => {
      const data = Buffer.from(bytes);
      t.notThrows(() => decodeUevent(udev ? Buffer.concat([Buffer.from('libudev\0'), data]) : data));
    }),
  );
});
