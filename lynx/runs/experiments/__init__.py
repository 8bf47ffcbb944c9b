"""What a child runs on the learner's modules."""
