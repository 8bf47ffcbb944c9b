"""A class, offline: what a learner hands in, and what a teacher sees of many."""
