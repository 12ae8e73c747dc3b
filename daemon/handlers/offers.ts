/**
 * Whether a driver has all the calls of an interface that a driver may lack. What it lacks gets no handlers, and so
 * answers VIR_ERR_NO_SUPPORT.
 */
export const offers = <Driver extends object, Name extends keyof Driver>(
  driver: Driver,
  names: readonly Name[],
): driver is Driver & Required<Pick<Driver, Name>> => names.every(name => driver[name] !== undefined);
