"""An experiment that the loader must find and must not run."""

raise RuntimeError("reading a break ran its code")
