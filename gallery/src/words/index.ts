/** Every sentence that a person reads, by the part of the page it belongs to. */
import { duplicates } from './en/duplicates'
import { keys } from './en/keys'
import { pictures } from './en/pictures'
import { problems } from './en/problems'
import { review } from './en/review'
import { search } from './en/search'
import { shell } from './en/shell'
import { states } from './en/states'
import { trash } from './en/trash'
import { upload } from './en/upload'
import { viewer } from './en/viewer'

export const words = {
  duplicates,
  keys,
  pictures,
  problems,
  review,
  search,
  shell,
  states,
  trash,
  upload,
  viewer,
}

const plural = new Intl.PluralRules('en')

/** `1 picture`, `2 pictures`, `1,000 pictures`. */
export function counted(count: number, one: string, other = `${one}s`): string {
  return `${count.toLocaleString('en')} ${plural.select(count) === 'one' ? one : other}`
}
