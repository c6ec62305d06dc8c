/** For views that offer to upload: the tray, once it is loaded, does the asking. */
export type Kind = 'files' | 'folder' | 'camera'

type Choose = (kind?: Kind) => void

let chooser: Choose | undefined
let asked: { kind: Kind | undefined } | undefined

export function choosesWith(choose: Choose | undefined): void {
  chooser = choose
  if (choose && asked) choose(asked.kind)
  asked = undefined
}

/** Ask for files. Without a kind the person is asked for that first. */
export function choose(kind?: Kind): void {
  if (chooser) chooser(kind)
  else asked = { kind }
}
