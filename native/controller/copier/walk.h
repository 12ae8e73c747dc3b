/* Goes through a tree that its owner changes meanwhile, and copies what it meets. */
#ifndef WALK_H
#define WALK_H

/* `from` is a directory (O_PATH will do), `to` another that is empty and nobody else's. */
int walk_copy(int from, int to);

#endif
