"""Random interleavings of the small world: `python -m proofs.interleavings 100000`."""

import typer

from proofs.interleavings.explore import main

typer.run(main)
