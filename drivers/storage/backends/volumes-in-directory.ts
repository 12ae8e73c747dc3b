import { lstat } from 'node:fs';
import { promisify } from 'node:util';
import { factsOf, type FileFacts } from '../../../native/survey/file-facts.ts';
import type { ListedName, Surveyed } from '../../../native/survey/survey-messages.ts';
import { SurveyTeam } from '../../../native/survey/survey-team.ts';
import type { VolumeDefinition } from '../../xml/storage/volume-definition.ts';
import { probedPieces } from '../images/probe-image.ts';
import type { StoragePool } from '../pool.ts';
import { StorageVolume } from '../volume.ts';
import { describeSurveyed, describeVolume } from '../volumes/describe-volume.ts';
import { volumePath } from '../volumes/file-definition.ts';
import { fewNamesIn, manyNamesIn } from './names-in-directory.ts';
import { isUnchanged, knownChange, renew } from './unchanged-file.ts';

const linkStat = promisify(lstat);

/** How many files are looked at side by side: so many that it pays, so few that other clients do not notice. */
const BATCH = 64;
/** So many files are looked at without processes for it; of more, each of these has some. */
const FEW = 128;
const SHARE = 1024;
/** Where files are far away, they come sooner when two ask for them; where they are near, more would only be in each other's way. */
const MOST_SURVEYORS = 2;
/** Batches that each has before it, so that it never waits for the next, also on a busy host. */
const AHEAD = 4;

/** The volumes of a pool's directory, in its order. */
export async function volumesIn(pool: StoragePool, directory: string): Promise<StorageVolume[]> {
  const few = await fewNamesIn(directory, FEW);
  using team = new SurveyTeam(directory, probedPieces);
  if (few !== null) return await volumesNamed(pool, directory, few, team);
  await team.grow(1);
  const names = await manyNamesIn(directory, team);
  await team.grow(Math.min(Math.ceil(names.length / SHARE), MOST_SURVEYORS));
  return await volumesNamed(pool, directory, names, team);
}

/** Batch by batch. */
async function volumesNamed(
  pool: StoragePool,
  directory: string,
  names: readonly ListedName[],
  team: SurveyTeam,
): Promise<StorageVolume[]> {
  const found: (readonly (StorageVolume | null)[])[] = [];
  let next = 0;
  const work = async (): Promise<void> => {
    while (next * BATCH < names.length) {
      const batch = next++;
      found[batch] = await lookTogether(pool, directory, names.slice(batch * BATCH, (batch + 1) * BATCH), team);
    }
  };
  await Promise.all(Array.from({ length: Math.max(team.size * AHEAD, 1) }, work));
  return found.flat().filter(volume => volume !== null);
}

async function lookTogether(
  pool: StoragePool,
  directory: string,
  names: readonly ListedName[],
  team: SurveyTeam,
): Promise<(StorageVolume | null)[]> {
  const read = Date.now();
  const surveyed = await team.look(names.map(({ name, kind }) => ({ name, kind, known: knownIn(pool, name) })));
  const found: (StorageVolume | null)[] = names.map(() => null);
  const later: Promise<void>[] = [];
  for (const [index, { name }] of names.entries()) {
    const volume = volumeNamed({ pool, directory, name, read }, surveyed?.[index]);
    if (volume instanceof Promise) later.push(volume.then(known => void (found[index] = known)));
    else found[index] = volume;
  }
  await Promise.all(later);
  return found;
}

function knownIn({ volumes }: StoragePool, name: string): bigint | null {
  const volume = volumes.byName(name);
  return volume === undefined ? null : knownChange(volume);
}

interface Look {
  readonly pool: StoragePool;
  readonly directory: string;
  readonly name: string;
  /** In ms since the epoch, before anybody looked. */
  readonly read: number;
}

type Later<T> = T | Promise<T>;

/**
 * What a surveyor has seen is null when there was nothing to be seen, undefined when none has looked. At once, where that
 * is all. A file that vanishes, cannot be read or is no image does not concern the others.
 */
function volumeNamed(look: Look, seen: Surveyed | null | undefined): Later<StorageVolume | null> {
  if (seen === null) return null;
  const volume = seen === undefined ? lookAt(look) : judge(look, seen);
  return volume instanceof Promise ? volume.catch(() => null) : volume;
}

/** By calls of our own. */
async function lookAt(look: Look): Promise<StorageVolume | null> {
  const { directory, name, pool } = look;
  const known = pool.volumes.byName(name);
  if (known !== undefined) {
    const facts = factsOf(await linkStat(known.path, { bigint: true }));
    if (isUnchanged(known, facts)) return renewed(look, known, facts);
  }
  return volumeOf(look, await describeVolume(directory, name));
}

/** By what a surveyor has seen. */
function judge(look: Look, seen: Surveyed): Later<StorageVolume | null> {
  const { directory, name, pool } = look;
  const known = pool.volumes.byName(name);
  if (known !== undefined && isUnchanged(known, seen.facts)) return renewed(look, known, seen.facts);
  const described = describeSurveyed(directory, name, seen);
  return described instanceof Promise ? described.then(later => volumeOf(look, later)) : volumeOf(look, described);
}

function renewed({ pool }: Look, volume: StorageVolume, facts: FileFacts): StorageVolume {
  renew(volume, facts, !countsCapacity(pool));
  return volume;
}

function volumeOf({ directory, name, pool, read }: Look, described: VolumeDefinition | null): StorageVolume | null {
  if (described === null) return null;
  const path = volumePath(directory, name);
  const definition = countsCapacity(pool) ? { ...described, allocation: described.capacity } : described;
  return new StorageVolume(name, path, path, definition, read);
}

const countsCapacity = ({ definition }: StoragePool): boolean => definition.refreshAllocation === 'capacity';
