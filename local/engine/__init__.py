"""Runs the unmodified program, and creates what it registers on the local AWS."""
