"""Inside the child process: nothing here needs more than the standard library and numpy."""
