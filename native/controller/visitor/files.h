/* A session with the files of a container. */
#ifndef FILES_H
#define FILES_H

/*
 * Enters the container, goes into init's root, and answers requests in order until the connection or the container ends.
 * It has what the container's root has of the capabilities that matter to files, and no others.
 */
int files_serve(void);

#endif
