"""What every layer stands on: dtypes, devices, sizes, abstract values, promotion, thread-local modes, errors."""
