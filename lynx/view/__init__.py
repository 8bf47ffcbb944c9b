"""Every sentence and picture a person sees."""
