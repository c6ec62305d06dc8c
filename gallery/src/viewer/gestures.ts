/** Fingers, a mouse and a wheel over a stage, as zooming, panning and swiping. */
import { onBeforeUnmount, watch, type Ref } from 'vue'
import type { Point } from './zoom'

export interface Gestures {
  /** Whether the picture is larger than its stage: moving pans it then, else it swipes. */
  zoomed: () => boolean
  zoom: (factor: number, at: Point) => void
  pan: (by: Point) => void
  /** A finger has moved by so much since it came down. */
  drag: (moved: Point) => void
  /** It was lifted, at so many pixels a millisecond. */
  drop: (moved: Point, speed: Point) => void
  /** Tapped or clicked twice. */
  twice: (at: Point) => void
}

const TAP_MS = 300
const TAP_PX = 24
const STILL_PX = 6
const RECENT_MS = 80
const WHEEL = 0.0022
const WHEEL_PINCH = 0.01
const LINE_PX = 16

interface Finger {
  at: Point
  from: Point
  trail: { at: Point; time: number }[]
}

export function useGestures(stage: Readonly<Ref<HTMLElement | null>>, does: Gestures): void {
  const fingers = new Map<number, Finger>()
  let swiping = false
  let pinched = false
  let tapped: { at: Point; time: number } | undefined

  function place(event: MouseEvent): Point {
    const box = stage.value!.getBoundingClientRect()
    return {
      x: event.clientX - box.left - box.width / 2,
      y: event.clientY - box.top - box.height / 2,
    }
  }

  function down(event: PointerEvent): void {
    if (event.button !== 0 || (event.target as Element).closest('button, a')) return
    stage.value!.setPointerCapture(event.pointerId)
    const at = place(event)
    fingers.set(event.pointerId, { at, from: at, trail: [{ at, time: event.timeStamp }] })
    if (fingers.size === 2) {
      if (swiping) does.drop({ x: 0, y: 0 }, { x: 0, y: 0 })
      swiping = false
      pinched = true
    }
  }

  function move(event: PointerEvent): void {
    const finger = fingers.get(event.pointerId)
    if (!finger) return
    const at = place(event)
    if (fingers.size === 2) {
      const other = [...fingers.values()].find((each) => each !== finger)!
      const factor = distance(at, other.at) / Math.max(distance(finger.at, other.at), 1)
      const middle = between(finger.at, other.at)
      const next = between(at, other.at)
      does.zoom(factor, middle)
      does.pan(minus(next, middle))
    } else if (does.zoomed()) {
      does.pan(minus(at, finger.at))
    } else if (event.pointerType !== 'mouse' && !pinched) {
      swiping ||= distance(at, finger.from) > STILL_PX
      if (swiping) does.drag(minus(at, finger.from))
    }
    finger.at = at
    finger.trail.push({ at, time: event.timeStamp })
    finger.trail = finger.trail.filter(({ time }) => event.timeStamp - time < RECENT_MS)
  }

  function up(event: PointerEvent): void {
    const finger = fingers.get(event.pointerId)
    if (!finger) return
    fingers.delete(event.pointerId)
    if (swiping) {
      const first = finger.trail[0]
      const moved = first ? minus(finger.at, first.at) : { x: 0, y: 0 }
      const ms = Math.max(event.timeStamp - (first?.time ?? 0), 1)
      const cancelled = event.type === 'pointercancel'
      does.drop(
        cancelled ? { x: 0, y: 0 } : minus(finger.at, finger.from),
        cancelled ? { x: 0, y: 0 } : { x: moved.x / ms, y: moved.y / ms },
      )
    } else if (!pinched && event.type === 'pointerup') {
      tap(finger, event.timeStamp)
    }
    if (!fingers.size) swiping = pinched = false
  }

  function tap(finger: Finger, time: number): void {
    if (distance(finger.at, finger.from) > STILL_PX) return
    if (tapped && time - tapped.time < TAP_MS && distance(tapped.at, finger.at) < TAP_PX) {
      tapped = undefined
      does.twice(finger.at)
    } else tapped = { at: finger.at, time }
  }

  function wheel(event: WheelEvent): void {
    event.preventDefault()
    const pixels = event.deltaMode === WheelEvent.DOM_DELTA_PIXEL ? 1 : LINE_PX
    // A pinch on a touchpad comes as a wheel with the control key, in small steps.
    const speed = event.ctrlKey ? WHEEL_PINCH : WHEEL
    does.zoom(Math.exp(-event.deltaY * pixels * speed), place(event))
  }

  let listening: AbortController | undefined
  watch(
    stage,
    (element) => {
      listening?.abort()
      if (!element) return
      listening = new AbortController()
      const { signal } = listening
      element.addEventListener('pointerdown', down, { signal })
      element.addEventListener('pointermove', move, { signal })
      element.addEventListener('pointerup', up, { signal })
      element.addEventListener('pointercancel', up, { signal })
      element.addEventListener('wheel', wheel, { signal, passive: false })
    },
    { immediate: true, flush: 'post' },
  )
  onBeforeUnmount(() => listening?.abort())
}

function distance(a: Point, b: Point): number {
  return Math.hypot(a.x - b.x, a.y - b.y)
}

function between(a: Point, b: Point): Point {
  return { x: (a.x + b.x) / 2, y: (a.y + b.y) / 2 }
}

function minus(a: Point, b: Point): Point {
  return { x: a.x - b.x, y: a.y - b.y }
}
