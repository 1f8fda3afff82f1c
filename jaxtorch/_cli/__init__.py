"""The launcher: `python -m jaxtorch script.py` and the console command `jaxtorch`."""
