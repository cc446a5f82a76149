"""mindmark's service: tags over HTTP. The endpoint is not here yet; this package holds its place."""
