"""Attacks on the API, generated from its description."""
