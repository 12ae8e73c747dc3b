/* The requests of a session with files. The other side: native/guest/file-requests.ts. */
#ifndef FILE_REQUESTS_H
#define FILE_REQUESTS_H

#include "handles.h"
#include "place.h"
#include "xdr.h"

enum file_request {
	FILE_OPEN,
	FILE_READ,
	FILE_WRITE,
	FILE_SEEK,
	FILE_FLUSH,
	FILE_CLOSE,
	FILE_STAT,
	FILE_SPACE,
	FILE_MAKE_DIRECTORY,
	FILE_REPLACE,
	FILE_FINISH,
	FILE_REQUESTS
};

/* Bytes that one request reads or writes. */
#define CHUNK (1u << 17)
/* A request or an answer, with its head. */
#define FILE_MESSAGE_SIZE (CHUNK + 8192)

struct session {
	struct place place;
	struct handles handles;
};

/* Does what is asked for and writes what is answered. -1 with the failure recorded. */
int file_request(struct session *session, struct reader *r, struct writer *w);

#endif
