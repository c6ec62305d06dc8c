"""A stand-in for Amazon Rekognition on one machine.

It speaks the service's wire protocol with its limits and error codes. What it answers is
measured from the pixels or seen by a model that ships in a public package; what nothing here can
tell is left out of the answer. docs/local-rekognition.md says what it knows and how well.
"""
