"""One module a screen, each with `render(result, look)`; which result has which stands in `view.results`."""
