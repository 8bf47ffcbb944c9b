"""The catalogues: `<language>/LC_MESSAGES/lynx.po`, and `lynx.mo` compiled from it."""
