/** Where a picture lies in its stage: pure geometry, in CSS pixels from the stage's centre. */

export interface Size {
  width: number
  height: number
}

export interface Point {
  x: number
  y: number
}

/** `scale` is 1 if the whole picture is seen; `x` and `y` are where its centre lies. */
export interface View extends Point {
  scale: number
}

export const WHOLE: Readonly<View> = { scale: 1, x: 0, y: 0 }

/** Every picture can be enlarged this much, and to two pixels of the screen for each of its own. */
const LEAST_MOST = 4
const BEYOND_OWN = 2

/** The size at which the whole picture is seen; nothing is enlarged for that. */
export function fitted(picture: Size, stage: Size): Size {
  const scale = Math.min(stage.width / picture.width, stage.height / picture.height, 1)
  return { width: picture.width * scale, height: picture.height * scale }
}

/** The scale at which each pixel of the picture is one CSS pixel. */
export function ownScale(picture: Size, fit: Size): number {
  return fit.width ? picture.width / fit.width : 1
}

export function mostScale(picture: Size, fit: Size): number {
  return Math.max(LEAST_MOST, ownScale(picture, fit) * BEYOND_OWN)
}

/** The nearest view that leaves no gap which panning could close. */
export function bounded(view: View, fit: Size, stage: Size, most: number): View {
  const scale = Math.min(Math.max(view.scale, 1), most)
  const x = Math.max((fit.width * scale - stage.width) / 2, 0)
  const y = Math.max((fit.height * scale - stage.height) / 2, 0)
  return { scale, x: clamped(view.x, x), y: clamped(view.y, y) }
}

/** `factor` times as large, with the same part of the picture under `at`. */
export function zoomed(
  view: View,
  factor: number,
  at: Point,
  fit: Size,
  stage: Size,
  most: number,
): View {
  const scale = Math.min(Math.max(view.scale * factor, 1), most)
  const ratio = scale / view.scale
  const moved = { scale, x: at.x - (at.x - view.x) * ratio, y: at.y - (at.y - view.y) * ratio }
  return bounded(moved, fit, stage, most)
}

/** The part of the picture under `at`, in fractions of its size from the top left. */
export function partAt(at: Point, view: View, fit: Size): Point {
  return {
    x: Math.min(Math.max((at.x - view.x) / (fit.width * view.scale) + 0.5, 0), 1),
    y: Math.min(Math.max((at.y - view.y) / (fit.height * view.scale) + 0.5, 0), 1),
  }
}

/** How many of the screen's pixels the picture's longer side covers. */
export function pixels(view: View, fit: Size, ratio: number): number {
  return Math.ceil(Math.max(fit.width, fit.height) * view.scale * ratio)
}

export type Swipe = 'before' | 'after' | 'close' | 'stay'

const FAR = 0.25
const FAST = 0.5

/** What a finger meant that moved by `moved`, at `speed` pixels a millisecond when it was lifted. */
export function swiped(moved: Point, speed: Point, stage: Size): Swipe {
  if (Math.abs(moved.x) >= Math.abs(moved.y)) {
    const far = Math.abs(moved.x) > stage.width * FAR
    const fast = Math.abs(speed.x) > FAST && Math.sign(speed.x) === Math.sign(moved.x)
    if (!far && !fast) return 'stay'
    return moved.x > 0 ? 'before' : 'after'
  }
  return moved.y > 0 && (moved.y > stage.height * FAR || speed.y > FAST) ? 'close' : 'stay'
}

function clamped(value: number, most: number): number {
  // Not -0, which would be written into the style.
  return Math.min(Math.max(value, -most), most) || 0
}
