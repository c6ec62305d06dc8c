"""Darkroom's container images on this machine: an engine, a base, builds, and one at a time to run.

`python -m local.docker --help` is the way in. Nothing here is needed in production: there Pulumi's
Docker provider builds the same Dockerfiles on AWS's own base image.
"""
