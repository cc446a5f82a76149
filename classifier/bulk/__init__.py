"""Many entries at once: results that grow in parts, several processes, Dask, data frames.

The modules are imported one by one, because `dask` and `frames` need libraries of the extra `dask`:

- `run.tag_to_file`: one file, tagged by local processes
- `dask.tag_with_dask`: a folder of partitions, tagged by Dask workers
- `frames.tag_frame`: the plain function on a data frame, for Ray, Spark and others
"""
