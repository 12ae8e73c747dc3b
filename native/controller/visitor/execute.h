/* One program: started, signalled, waited for. */
#ifndef EXECUTE_H
#define EXECUTE_H

/*
 * Reads what to start; answers the pid that it has in the container, and once it has ended, how. In between the daemon may
 * send signals. Ends with the program or the connection; without a connection the program runs on.
 */
int execute_serve(void);

#endif
