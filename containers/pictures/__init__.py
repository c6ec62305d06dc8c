"""Reading pictures: any upload in, upright sRGB pixels and typed metadata out.

Pure: bytes in, frozen values out. Knows nothing of AWS, the environment, the clock or logging.
"""
