"""Making renditions: a picture and a recipe in, files out.

Pure, like `pictures`, and shared by every function that makes renditions, so that a rendition has
the same bytes whichever of them made it. Knows nothing of AWS, the environment or the clock.
"""
