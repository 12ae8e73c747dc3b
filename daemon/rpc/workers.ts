/** What libvirtd.conf says of a server's threads (min_workers, …): kept, shown and changed, but calls are tasks here. */
export interface Workers {
  min: number;
  max: number;
  priority: number;
}
