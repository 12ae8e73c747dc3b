/** What an object must be for a flag of virConnectListAll* to mean it. */
export type ListTest<T> = (object: T) => boolean;

/** Flags that widen each other. */
export type FlagGroup<T> = readonly (readonly [flag: number, test: ListTest<T>])[];

export const not =
  <T>(test: ListTest<T>): ListTest<T> =>
  object =>
    !test(object);

/** All flags of the groups. */
export const flagsOf = <T>(groups: readonly FlagGroup<T>[]): number =>
  groups.flat().reduce((all, [flag]) => all | flag, 0);

/**
 * What an object must fulfil to be listed with `flags`: flags of one group widen each other, groups narrow each other,
 * and a group of which no flag is set does not count.
 */
export function listFilter<T>(groups: readonly FlagGroup<T>[], flags: number): ListTest<T> {
  const wanted = groups
    .map(group => group.filter(([flag]) => (flags & flag) !== 0).map(([, test]) => test))
    .filter(tests => tests.length > 0);
  return object => wanted.every(tests => tests.some(test => test(object)));
}
