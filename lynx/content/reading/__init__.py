"""YAML to the words of `lynx.content`: what is read, every mistake by file and line, and never back."""
