"""A phase, worked through: chapters, laboratories, drill, progress, atlas."""
