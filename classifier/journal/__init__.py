"""Reads journal entries from files. Start with the module `reader`; `formats` lists the supported file formats."""
