/** Attributes of HTML that Vue's types do not know yet. */
import 'vue'

declare module 'vue' {
  interface HTMLAttributes {
    popover?: 'auto' | 'manual' | 'hint' | ''
    inert?: boolean
    [data: `data-${string}`]: string | number | undefined
  }

  interface ButtonHTMLAttributes {
    popovertarget?: string
  }
}
