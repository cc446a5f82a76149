"""Tags many entries at once: with several processes, with Dask, or in data frames. Interrupted runs can be resumed.

Import these modules one by one, because `dask` and `frames` need libraries of the extra `dask`:

- `run.tag_to_file` tags entries into one file, with local processes.
- `dask.tag_with_dask` tags files into a folder of partitions, with Dask workers.
- `frames.tag_frame` tags one data frame. Ray, Spark and other engines can call this function.
"""
