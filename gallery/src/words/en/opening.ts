/** All that can be said before the rest of the page is there. */
export const opening = {
  unreachable: 'Darkroom cannot be reached. Check your connection, then load the page again.',
}
