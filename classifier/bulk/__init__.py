"""Many entries at once: results that grow in parts, several processes, Dask, data frames."""
