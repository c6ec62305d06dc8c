export const pictures = {
  title: 'Pictures',
  empty: 'No pictures yet',
  emptyWhy: 'Drop pictures anywhere on this page, paste them, or choose files.',
  choose: 'Choose files',
}
