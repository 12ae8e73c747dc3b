#ifndef LIST_H
#define LIST_H

#include "answers.h"

/* Answers with every name of the directory, in its order, as bytes, and what kind it is said to be (d_type). */
int list(struct answers *answers);

#endif
