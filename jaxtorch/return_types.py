"""The named tuples that functions with several results return."""

from jaxtorch._tensor.generate import result_types as _result_types

globals().update(_result_types())
