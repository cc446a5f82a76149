"""Journal files in, entries out. Start with `reader`; `formats` lists the file formats that can be read."""
