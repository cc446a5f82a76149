"""Tagged entries in; a table, JSONL, CSV, Parquet or one HTML page out."""
