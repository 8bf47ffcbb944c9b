"""The commands: parse, call one verb, show its result."""

import gc

# Looking for circles among what Typer and a list are made of takes a light command a twentieth of its time; a long
# one still looks, and what runs the learner's code is another process.
gc.set_threshold(100_000)
