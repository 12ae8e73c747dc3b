import { ConnectListAllSecretsFlags } from '../contract/constants.ts';
import { not, type FlagGroup, type ListTest } from '../objects/list-filter.ts';
import type { SecretDefinition } from '../xml/secret/definition.ts';

const { EPHEMERAL, NO_EPHEMERAL, PRIVATE, NO_PRIVATE } = ConnectListAllSecretsFlags;

const isEphemeral: ListTest<SecretDefinition> = secret => secret.ephemeral;
const isPrivate: ListTest<SecretDefinition> = secret => secret.private;

/** What the flags of virConnectListAllSecrets ask for. */
export const secretFlagGroups: readonly FlagGroup<SecretDefinition>[] = [
  [
    [EPHEMERAL, isEphemeral],
    [NO_EPHEMERAL, not(isEphemeral)],
  ],
  [
    [PRIVATE, isPrivate],
    [NO_PRIVATE, not(isPrivate)],
  ],
];
