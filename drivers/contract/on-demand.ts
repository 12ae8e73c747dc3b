import type { DriverLife } from './driver-life.ts';

/**
 * A driver as its callers have it, whose code may not be there before somebody asks: an answer that the driver has at once
 * comes later then. Its life and its events are there from the start.
 */
export type OnDemand<Driver> = {
  readonly [Name in keyof Driver]: Name extends keyof DriverLife
    ? Driver[Name]
    : Driver[Name] extends (...args: infer Args) => infer Answer
      ? (...args: Args) => Answer | Promise<Awaited<Answer>>
      : Driver[Name];
};
