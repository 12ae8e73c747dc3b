import type { Program } from '../procedure.ts';
import { authProcedures } from './remote/auth.ts';
import { connectProcedures } from './remote/connect.ts';
import { domainBlockProcedures } from './remote/domain-block.ts';
import { domainCheckpointProcedures } from './remote/domain-checkpoint.ts';
import { domainCpuProcedures } from './remote/domain-cpu.ts';
import { domainDeviceProcedures } from './remote/domain-device.ts';
import { domainEventProcedures } from './remote/domain-event.ts';
import { domainEventCallbackProcedures } from './remote/domain-event-callback.ts';
import { domainGuestProcedures } from './remote/domain-guest.ts';
import { domainInfoProcedures } from './remote/domain-info.ts';
import { domainLifecycleProcedures } from './remote/domain-lifecycle.ts';
import { domainListProcedures } from './remote/domain-list.ts';
import { domainMemoryProcedures } from './remote/domain-memory.ts';
import { domainMigrationProcedures } from './remote/domain-migration.ts';
import { domainSaveProcedures } from './remote/domain-save.ts';
import { domainSnapshotProcedures } from './remote/domain-snapshot.ts';
import { interfaceProcedures } from './remote/interface.ts';
import { networkProcedures } from './remote/network.ts';
import { nodeProcedures } from './remote/node.ts';
import { nodeDeviceProcedures } from './remote/node-device.ts';
import { nwfilterProcedures } from './remote/nwfilter.ts';
import { secretProcedures } from './remote/secret.ts';
import { storagePoolProcedures } from './remote/storage-pool.ts';
import { storageVolumeProcedures } from './remote/storage-volume.ts';

/**
 * The program of libvirt's public API. Names come from the wire by rule, so that either can be found from the other:
 *
 * - REMOTE_PROC_DOMAIN_GET_XML_DESC is `domainGetXmlDesc`, remote_domain_get_xml_desc_args is `domainGetXmlDescArgs`;
 * - a field `hv_ver` is `hvVer`, one that is in camel case already keeps its name;
 * - remote_nonnull_domain is `domain`, remote_domain (which may be null) is `optional(domain)`;
 * - remote_nonnull_string is `text`, remote_typed_param is `typedParameter`, remote_uuid is `uuid`.
 */
export const remote = {
  name: 'remote',
  number: 0x20008086,
  version: 1,
  procedures: {
    ...authProcedures,
    ...connectProcedures,
    ...domainBlockProcedures,
    ...domainCheckpointProcedures,
    ...domainCpuProcedures,
    ...domainDeviceProcedures,
    ...domainEventProcedures,
    ...domainEventCallbackProcedures,
    ...domainGuestProcedures,
    ...domainInfoProcedures,
    ...domainLifecycleProcedures,
    ...domainListProcedures,
    ...domainMemoryProcedures,
    ...domainMigrationProcedures,
    ...domainSaveProcedures,
    ...domainSnapshotProcedures,
    ...interfaceProcedures,
    ...networkProcedures,
    ...nodeProcedures,
    ...nodeDeviceProcedures,
    ...nwfilterProcedures,
    ...secretProcedures,
    ...storagePoolProcedures,
    ...storageVolumeProcedures,
  },
} satisfies Program;
