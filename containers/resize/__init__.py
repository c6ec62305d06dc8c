"""The resize function: the handler that has an original's renditions made."""
