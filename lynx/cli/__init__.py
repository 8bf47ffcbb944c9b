"""The commands: parse, call one verb, show its result."""
