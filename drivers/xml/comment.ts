/** A text as the inside of a comment: on one line, without two dashes in a row or what no document may hold. */
export const commentable = (text: string): string =>
  // oxlint-disable-next-line no-control-regex -- control characters are what is meant
  text.replace(/[\x00-\x1f\x7f]+/g, ' ').replace(/-(?=-|$)/g, '- ');
