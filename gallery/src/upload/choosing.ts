/** For views that offer to upload: the tray chooses. */
export type Kind = 'files' | 'folder' | 'camera'

let chooser: ((kind?: Kind) => void) | undefined

export function choosesWith(choose: typeof chooser): void {
  chooser = choose
}

/** Ask for files. Without a kind the person is asked for that first. */
export function choose(kind?: Kind): void {
  chooser?.(kind)
}
