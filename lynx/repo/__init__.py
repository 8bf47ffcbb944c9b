"""The learner's repository: reading git, patching bytes, swapping one file."""
