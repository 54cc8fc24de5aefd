"""Batch: a recipe becomes files, by content-addressed steps, on this machine's cores or on Ray.

    for item in vrgen.batch.run("bricks.toml", out="bricks"):    # finished items, as they come
        print(item.name, item.state)
    report = vrgen.batch("bricks.toml", out="bricks")             # the same, waiting for all

A recipe names products; options that are lists or ranges make a matrix of items (`recipe`, `matrix`). Every
item is one step: its key is the SHA-256 of its options, its inputs' contents and its models' weights (`key`).
What a key has made lies in a store (`store`), is linked into the output folder (`deliver`), and is never made
twice.
"""

from vrgen.batch.options import BatchOptions
from vrgen.batch.run import Finished, run

__all__ = ["BatchOptions", "Finished", "run"]
