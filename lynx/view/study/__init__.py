"""The study room's screens, words, questions and pictures."""
