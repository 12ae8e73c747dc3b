import { absent, checked, record, type Part } from '../describe/part.ts';
import type { ScsiCapability, ScsiGenericCapability, ScsiHostCapability, ScsiTargetCapability } from './definition.ts';
import {
  numberChild,
  optionalText,
  requiredNumber,
  requiredText,
  requireKnownCapabilities,
  subCapability,
} from './parts.ts';
import { internalError } from './refusals.ts';

const hostCapabilities = ['fc_host', 'vport_ops'];

/** A host adapter: also the form in which virtual ones are asked for. */
export const scsiHost: Part<ScsiHostCapability> = checked(
  record({
    type: absent('scsi_host'),
    host: numberChild('host', 'SCSI host ID'),
    uniqueId: numberChild('unique_id', 'SCSI host unique ID'),
    fibreChannel: subCapability(
      'fc_host',
      record({
        wwnn: optionalText('wwnn'),
        wwpn: optionalText('wwpn'),
        fabricWwn: optionalText('fabric_wwn'),
      }),
    ),
    vports: subCapability(
      'vport_ops',
      record({
        max: requiredNumber('max_vports', 'number of virtual ports'),
        inUse: requiredNumber('vports', 'number of virtual ports'),
      }),
    ),
  }),
  (_value, from) => {
    requireKnownCapabilities(from, hostCapabilities, type =>
      internalError(`unknown SCSI host capability type '${type}'`),
    );
  },
);

export const scsiTarget: Part<ScsiTargetCapability> = record({
  type: absent('scsi_target'),
  target: requiredText('target', 'target name'),
  remotePort: subCapability(
    'fc_remote_port',
    record({ name: requiredText('rport', 'remote port'), wwpn: optionalText('wwpn') }),
  ),
});

export const scsi: Part<ScsiCapability> = record({
  type: absent('scsi'),
  host: requiredNumber('host', 'SCSI host ID'),
  bus: requiredNumber('bus', 'SCSI bus ID'),
  target: requiredNumber('target', 'SCSI target ID'),
  lun: requiredNumber('lun', 'SCSI LUN ID'),
  kind: optionalText('type'),
});

export const scsiGeneric: Part<ScsiGenericCapability> = record({
  type: absent('scsi_generic'),
  char: requiredText('char', 'character device path'),
});
