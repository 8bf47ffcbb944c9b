"""Where the learner stands, and what each verb does."""
