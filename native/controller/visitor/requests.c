#include "requests.h"

#include <errno.h>
#include <unistd.h>

#include "failure.h"
#include "place.h"
#include "xdr.h"

/* 1, or 0 at the end. */
static int read_all(uint8_t *bytes, size_t length)
{
	while (length) {
		ssize_t done = read(DAEMON, bytes, length);

		if (done < 0 && errno == EINTR)
			continue;
		if (done < 0)
			return fail("request", "read");
		if (done == 0)
			return 0;
		bytes += done;
		length -= (size_t)done;
	}
	return 1;
}

int request_receive(uint8_t *buffer, size_t size)
{
	uint8_t head[4];
	struct reader r = { .at = head, .end = head + sizeof head };
	uint32_t length;
	int result = read_all(head, sizeof head);

	if (result <= 0)
		return result;
	length = read_u32(&r);
	if (length == 0 || length > size)
		return fail_with("request", "length", EMSGSIZE);
	result = read_all(buffer, length);
	return result <= 0 ? result : (int)length;
}
