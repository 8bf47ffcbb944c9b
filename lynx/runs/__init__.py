"""Where code runs: child processes under the import overlay."""
